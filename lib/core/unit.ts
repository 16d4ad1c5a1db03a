import { formatDuration } from "#lib/core/duration.ts";

export const units = ["count", "ms", "s", "bytes", "percent", "per-second", "days", "boolean"] as const;
export type Unit = (typeof units)[number];

/** A number with its unit, as it stands on the board: `1 208`, `9.4 s`, `318 MB`, `41 %`, `688 /s`. `null` is a dash. */
export function formatValue(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  switch (unit) {
    case "count":
      return formatCount(value);
    case "ms":
      return formatDuration(value);
    case "s":
      return formatDuration(value * 1_000);
    case "bytes":
      return formatBytes(value);
    case "percent":
      return `${value < 10 && value !== 0 ? value.toFixed(1) : Math.round(value)} %`;
    case "per-second":
      return `${value < 10 && !Number.isInteger(value) ? value.toFixed(1) : formatCount(value)} /s`;
    case "days":
      return `${Math.floor(value)} d`;
    case "boolean":
      return value ? "yes" : "no";
    default:
      return unit satisfies never;
  }
}

/** Whole number with a thin space each three digits. */
export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(?:\d{3}){1,7}(?!\d))/g, "\u202f");
}

/** Decimal units, as disks and networks count: `16 kB`, `318 MB`. */
export function formatBytes(bytes: number): string {
  const steps = ["B", "kB", "MB", "GB", "TB"] as const;
  let value = Math.abs(bytes);
  let step = 0;
  while (value >= 1_000 && step < steps.length - 1) {
    value /= 1_000;
    step += 1;
  }
  const text = step === 0 || value >= 100 ? Math.round(value).toString() : value.toFixed(1).replace(/\.0$/, "");
  return `${bytes < 0 ? "−" : ""}${text} ${steps[step]}`;
}
