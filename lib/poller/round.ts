/** Takes turns on what each of many needs only now and then, some at each step. Times are of the caller's clock. */
export interface Round {
  /** Those whose time has come, from where the last step left off, as long as `more` says so; each at most once. */
  readonly next: (ids: readonly string[], now: number, more: () => boolean) => Generator<string>;
  /** There is nothing to do for it before `until`. */
  readonly rest: (id: string, until: number) => void;
}

/** A clock that was set back by more than this would make everybody rest too long. */
const setBackMs = 60_000;

export function createRound(): Round {
  const resting = new Map<string, number>();
  let at = 0;
  let seen = Number.NEGATIVE_INFINITY;

  return {
    *next(ids, now, more) {
      if (now < seen - setBackMs || resting.size > 2 * ids.length) resting.clear();
      seen = now;
      for (let looked = 0; looked < ids.length && more(); looked += 1) {
        if (at >= ids.length) at = 0;
        const id = ids[at];
        at += 1;
        if (id !== undefined && (resting.get(id) ?? now) <= now) yield id;
      }
    },
    rest: (id, until) => {
      resting.set(id, until);
    },
  };
}
