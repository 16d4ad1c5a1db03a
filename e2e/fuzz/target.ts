import type fc from "fast-check";

/** One parser of foreign bytes, as the product calls it. */
export interface FuzzTarget {
  /** Kebab-case: `haproxy-csv`. */
  readonly name: string;
  /** Which code of the product it drives. */
  readonly drives: string;
  /** Good inputs, recorded where there are recordings. The smaller, the more inputs in the same time. */
  readonly seeds: readonly Uint8Array[];
  /** Words of the format that a mutation puts in. */
  readonly words?: readonly string[];
  /** Inputs made from nothing, beside the mutated ones. */
  readonly arbitrary?: fc.Arbitrary<string | Uint8Array>;
  /**
   * Does with the bytes what the product does, and checks what comes out with `harmless`. Whatever it throws is a finding;
   * an expected failure is a value.
   */
  readonly run: (input: Buffer) => void | Promise<void>;
  /** Keeps inputs that reach new code and mutates those on. It costs half the speed. */
  readonly guided?: boolean;
  /** Bytes of the longest usual input; a few go to sixteen times as many. */
  readonly longestBytes?: number;
}

export interface FuzzFinding {
  readonly kind: "threw" | "slow" | "memory" | "hung";
  /** The error's first lines, or the figure. */
  readonly what: string;
  /** The smallest input that was found to show it. */
  readonly input: Buffer;
}

/** What became of one target. */
export interface FuzzOutcome {
  readonly target: string;
  readonly inputs: number;
  readonly seed: number;
  readonly tookMs: number;
  /** The slowest input, by the best of several tries. */
  readonly slowestMs: number;
  /** What stayed in memory after everything, over what was there after the first thousand inputs. */
  readonly grewBytes: number;
  /** Inputs kept because they reached new code; `null` when it was not looked at. */
  readonly corpus: number | null;
  readonly findings: readonly FuzzFinding[];
}

/** What became of it in one thread: with the inputs that were kept themselves. */
export type FuzzPass = Omit<FuzzOutcome, "corpus"> & { readonly kept: readonly Uint8Array[] };

export const fuzzBounds = { inputMs: 50, grewBytes: 64 * 1_048_576, findings: 10 } as const;
