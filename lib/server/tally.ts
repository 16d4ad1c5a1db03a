/** How many things each name holds at the moment, with a bound for one and for all. */
export interface Tally {
  /** Counts one more and returns what gives it back, once; `null` when there is no room. */
  readonly take: (name: string) => (() => void) | null;
  readonly total: () => number;
}

export function createTally(mostOfOne: number, mostOfAll: number): Tally {
  const held = new Map<string, number>();
  let total = 0;
  return {
    total: () => total,
    take: (name) => {
      const own = held.get(name) ?? 0;
      if (own >= mostOfOne || total >= mostOfAll) return null;
      held.set(name, own + 1);
      total += 1;
      let given = false;
      return () => {
        if (given) return;
        given = true;
        total -= 1;
        const left = (held.get(name) ?? 1) - 1;
        if (left === 0) held.delete(name);
        else held.set(name, left);
      };
    },
  };
}
