/** What the driven thread and the one that watches it share: which input is being worked on, and whether one is. */
export interface Shared {
  readonly numbers: Int32Array;
  readonly bytes: Uint8Array;
}

/** Told by the driven thread. */
export interface Watched {
  readonly begin: (input: Uint8Array) => void;
  readonly end: () => void;
}

const keptBytes = 1_048_576;
const [turn, length] = [0, 1];

export function sharedMemory(): Shared {
  return { numbers: new Int32Array(new SharedArrayBuffer(8)), bytes: new Uint8Array(new SharedArrayBuffer(keptBytes)) };
}

export function watchedBy({ numbers, bytes }: Shared): Watched {
  let turns = 0;
  return {
    begin: (input) => {
      bytes.set(input.subarray(0, keptBytes));
      numbers[length] = Math.min(input.length, keptBytes);
      turns = (turns + 2) % 1_000_000_000;
      Atomics.store(numbers, turn, turns + 1);
    },
    end: () => Atomics.store(numbers, turn, turns),
  };
}

/** A number that is another one with each input, and odd while one is worked on. */
export function turnOf({ numbers }: Shared): number {
  return Atomics.load(numbers, turn);
}

/** The input that is worked on, or was last. */
export function inputOf({ numbers, bytes }: Shared): Buffer {
  return Buffer.from(bytes.subarray(0, numbers[length]));
}
