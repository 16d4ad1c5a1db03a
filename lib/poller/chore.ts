/** Something to be done again and again, never twice at a time. */
export interface Chore {
  /** Begins it when its time has come. `tick` is monotonic milliseconds. */
  readonly step: (tick: number) => void;
  /** Begins it now, or again after the one that runs; resolves when that one has ended. */
  readonly now: () => Promise<void>;
  readonly settled: () => Promise<void>;
}

/** `failed` hears what the work threw; the chore goes on at its next time. */
export function createChore(everyMs: number, work: () => Promise<void>, failed: (error: unknown) => void): Chore {
  let dueAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;
  const begin = (): Promise<void> => {
    const mine = work()
      .catch(failed)
      .finally(() => {
        if (running === mine) running = undefined;
      });
    running = mine;
    return mine;
  };
  return {
    step: (tick) => {
      if (running !== undefined || tick < dueAt) return;
      dueAt = tick + everyMs;
      void begin();
    },
    now: async () => {
      while (running !== undefined) await running;
      await begin();
    },
    settled: async () => {
      while (running !== undefined) await running;
    },
  };
}
