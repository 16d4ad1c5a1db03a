import { writeSync } from "node:fs";
import { parentPort, Worker, workerData } from "node:worker_threads";

/** Sees from another thread when an input never ends, and says which one it was before it ends the process. */
export interface Watchdog {
  readonly begin: (input: Uint8Array) => void;
  readonly end: () => void;
  readonly stop: () => Promise<number>;
}

const keptBytes = 1_048_576;
/** Far above what an input may take; a machine may be busy, but not for so long. */
const hungMs = 20_000;
const [turn, length] = [0, 1];

export function startWatchdog(): Watchdog {
  const numbers = new Int32Array(new SharedArrayBuffer(8));
  const bytes = new Uint8Array(new SharedArrayBuffer(keptBytes));
  const worker = new Worker(new URL(import.meta.url), { workerData: { numbers, bytes } });
  let turns = 0;
  return {
    begin: (input) => {
      bytes.set(input.subarray(0, keptBytes));
      numbers[length] = Math.min(input.length, keptBytes);
      turns = (turns + 2) % 1_000_000_000;
      Atomics.store(numbers, turn, turns + 1);
    },
    end: () => Atomics.store(numbers, turn, turns),
    stop: () => worker.terminate(),
  };
}

if (parentPort !== null && workerData !== null) {
  const { numbers, bytes } = workerData as { numbers: Int32Array; bytes: Uint8Array };
  let [last, since] = [-1, performance.now()];
  setInterval(() => {
    const now = Atomics.load(numbers, turn);
    const busy = now % 2 === 1;
    if (now !== last || !busy) [last, since] = [now, performance.now()];
    else if (performance.now() - since > hungMs) {
      const input = Buffer.from(bytes.subarray(0, numbers[length]));
      writeSync(1, `${JSON.stringify({ hung: input.toString("base64") })}\n`);
      process.kill(process.pid, "SIGKILL");
    }
  }, 1_000);
}
