/** How a crashed child is started again: at once the first time, then ever more slowly. */
export interface BackOff {
  readonly firstMs: number;
  readonly longestMs: number;
  /** After running this long, an end counts as the first again. */
  readonly resetAfterMs: number;
}

export const defaultBackOff: BackOff = { firstMs: 500, longestMs: 30_000, resetAfterMs: 60_000 };

/** Milliseconds to wait before the next start, doubling from `firstMs`; `previousMs` is `null` before the first end. */
export function nextDelayMs(previousMs: number | null, ranMs: number, backOff: BackOff): number {
  if (previousMs === null || ranMs >= backOff.resetAfterMs) return backOff.firstMs;
  return Math.min(previousMs * 2, backOff.longestMs);
}
