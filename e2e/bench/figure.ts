/** One measured number beside what it should be at most, and beside a yardstick that was measured in the same run. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** At most this, in `unit`. */
  readonly aim: number;
  /** The same work in its barest form, on the same machine within the same minutes: it tells a slow machine from slow code. */
  readonly yardstick: Yardstick;
  readonly ok: boolean;
}

export interface Yardstick {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** A figure that is fine up to its aim. What could not be measured (`NaN`) is not fine. */
export function figure(parts: Omit<Figure, "ok">): Figure {
  return { ...parts, ok: parts.value <= parts.aim };
}

/** What a file named `*.bench.ts` exports. */
export interface Bench {
  readonly figures: () => Promise<Figure[]>;
}

/** The value that `share` (0 to 1) of the values do not exceed; `NaN` of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
