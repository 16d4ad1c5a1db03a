/** A pause that ends early when there is something to be done. */
export interface Rest {
  readonly begin: (ms: number) => Promise<void>;
  /** Ends the pause that is under way; without one nothing happens. */
  readonly cut: () => void;
}

export function createRest(): Rest {
  let end: (() => void) | undefined;
  return {
    begin: (ms) =>
      new Promise((resolve) => {
        const over = () => {
          clearTimeout(timer);
          end = undefined;
          resolve();
        };
        const timer = setTimeout(over, ms);
        end = over;
      }),
    cut: () => end?.(),
  };
}
