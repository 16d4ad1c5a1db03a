/**
 * A time as scripts and people write it: epoch milliseconds, or ISO 8601 with its zone. `null` when it is neither, so that
 * nobody is shown another moment than the one asked for.
 */
export function timeOf(told: string): number | null {
  if (/^\d{1,16}$/.test(told)) return Number(told) <= lastDate ? Number(told) : null;
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/.test(told)) return null;
  const at = Date.parse(told);
  return Number.isNaN(at) || at < 0 ? null : at;
}

/** The latest time a Date can hold. */
const lastDate = 8_640_000_000_000_000;

export const timeWords = "epoch milliseconds or ISO 8601 with its zone, like 2026-11-20T14:02:10Z";
