import { storeTroubleOf } from "#lib/store/store-trouble.ts";

/** A stretch of one service's history, by the time of its first and its last poll. */
export interface Stretch {
  readonly serviceId: string;
  readonly fromAt: number;
  readonly toAt: number;
}

/**
 * What of history this process found that it cannot read: bytes that a disk gave back otherwise than it got them. Such a
 * stretch is a gap, in which nobody knows what was measured; it stands in the way of nothing else.
 */
export class Unreadable {
  readonly #stretches = new Map<string, Stretch>();

  /** What `read` makes of a stretch; `undefined` when it cannot be read, which is noted. Throws trouble of the whole store. */
  attempt<T>(stretch: Stretch, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (storeTroubleOf(error) !== null) throw error;
      const { serviceId, fromAt, toAt } = stretch;
      if (this.#stretches.size < mostNoted)
        this.#stretches.set(`${fromAt} ${toAt} ${serviceId}`, { serviceId, fromAt, toAt });
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
