export interface BoardClockOptions {
  /** What it says before it starts: the same on the server and in the browser. */
  readonly firstNow: number;
  readonly read: () => number;
  /** Tells when news came, so that ages begin with them and not with the next tick. */
  readonly wake: (listener: () => void) => () => void;
}

/** The board's clock: one tick a second for everything that shows an age, so that all ages change together. */
export function createBoardClock({ firstNow, read, wake }: BoardClockOptions) {
  const listeners = new Set<() => void>();
  let now = firstNow;
  const tick = () => {
    now = read();
    for (const listener of listeners) listener();
  };
  return {
    now: () => now,
    firstNow: () => firstNow,
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** Starts ticking; returns how to stop. */
    start: () => {
      const timer = setInterval(tick, 1_000);
      const sleep = wake(tick);
      return () => {
        clearInterval(timer);
        sleep();
      };
    },
  };
}
