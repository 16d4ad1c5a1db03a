import type { Tier } from "#lib/store/tiers.ts";

/** A stretch of one service's history, by the time of its first and its last document. */
export interface Stretch {
  readonly serviceId: string;
  readonly tier: Tier;
  readonly fromAt: number;
  readonly toAt: number;
}

/**
 * What of history this process found that it cannot read: bytes that a disk gave back otherwise than it got them. Such a
 * stretch is a gap, in which nobody knows what was measured; it stands in the way of nothing else.
 */
export class Unreadable {
  readonly #stretches = new Map<string, Stretch>();

  /** What `read` makes of a stretch; `undefined` when it is damaged, which is noted. Throws what no damage explains. */
  attempt<T>(stretch: Stretch, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!isDamage(error)) throw error;
      const { serviceId, tier, fromAt, toAt } = stretch;
      if (this.#stretches.size < mostNoted) this.#stretches.set(`${tier} ${fromAt} ${toAt} ${serviceId}`, stretch);
      return undefined;
    }
  }

  /** In the order in which they were found. */
  list(): Stretch[] {
    return [...this.#stretches.values()];
  }
}

/** A disk that gives back so many wrong ones is told of by any of them. */
const mostNoted = 1_000;

/** What packs and plans, JSON and compressed bytes throw when they are not what was written. All else is a bug, or the store's trouble. */
function isDamage(error: unknown): boolean {
  if (error instanceof RangeError || error instanceof SyntaxError) return true;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^(Z_|ZSTD_)/.test(code);
}
