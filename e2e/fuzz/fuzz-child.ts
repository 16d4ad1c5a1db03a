import { parentPort, Worker, workerData } from "node:worker_threads";
import { fuzzTarget } from "#e2e/fuzz/fuzz-target.ts";
import type { FuzzPass, FuzzTarget } from "#e2e/fuzz/target.ts";
import { fuzzTargets } from "#e2e/fuzz/targets.ts";
import { inputOf, type Shared, sharedMemory, turnOf, watchedBy } from "#e2e/fuzz/watched.ts";

/**
 * The process one target is driven in: in a thread with a small heap, which this one watches, so that an input that never ends
 * or takes all memory can be named. Prints one line of JSON.
 */

/** Far above what an input may take; a machine may be busy, but not for so many looks, of one a second. */
const hungLooks = 20;
/** The stack is that of a process's own thread; the heap leaves room for the parsers and their libraries. */
const limits = { maxOldGenerationSizeMb: 160, maxYoungGenerationSizeMb: 12, stackSizeMb: 1 };

/** How many inputs are looked at for what code they reach, of targets that ask for it, at most a quarter of all. */
const guidedInputs = 20_000;

interface Given {
  readonly name: string;
  readonly inputs: number;
  readonly seed: number;
  readonly corpus: readonly Uint8Array[];
  readonly guide: boolean;
  readonly shared: Shared;
}

async function drive({ name, shared, ...parts }: Given): Promise<FuzzPass> {
  const empty = globalThis.gc;
  const collect = empty === undefined ? undefined : () => void empty();
  return await fuzzTarget(targetNamed(name), { ...parts, watched: watchedBy(shared), collect });
}

function targetNamed(name: string): FuzzTarget {
  const target = fuzzTargets.find((each) => each.name === name);
  if (target === undefined) throw new Error(`there is no target ${name}`);
  return target;
}

/** Two passes in threads of their own where inputs are kept for the code they reach: the second is timed, and so not looked at. */
async function watch(name: string, inputs: number, seed: number): Promise<void> {
  const guided = targetNamed(name).guided === true ? Math.min(guidedInputs, Math.floor(inputs / 4)) : 0;
  const first = guided === 0 ? null : await watchPass({ name, inputs: guided, seed, corpus: [], guide: true });
  const corpus = first?.kept ?? [];
  const then = await watchPass({ name, inputs: inputs - guided, seed: seed + 1, corpus, guide: false });
  const { kept, ...last } = then;
  const findings = [...(first?.findings ?? []), ...last.findings].map(({ input, ...finding }) => ({
    ...finding,
    input: Buffer.from(input).toString("base64"),
  }));
  const tookMs = (first?.tookMs ?? 0) + last.tookMs;
  tell({ outcome: { ...last, inputs, seed, tookMs, corpus: first?.kept.length ?? null, findings } });
}

function tell(told: unknown): void {
  process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit());
}

function watchPass(given: Omit<Given, "shared">): Promise<FuzzPass> {
  const shared = sharedMemory();
  const worker = new Worker(new URL(import.meta.url), { workerData: { ...given, shared }, resourceLimits: limits });
  const ended = () => ({ input: inputOf(shared).toString("base64"), begun: Math.ceil(turnOf(shared) / 2) });
  // Counted in looks, not by a clock, which goes on while the process is stopped.
  let [last, looks] = [-1, 0];
  const looking = setInterval(() => {
    const now = turnOf(shared);
    if (now !== last || now % 2 === 0) [last, looks] = [now, 0];
    else if (++looks > hungLooks) tell({ hung: ended() });
  }, 1_000);
  return new Promise((resolve) => {
    worker.on("message", (pass: FuzzPass) => {
      clearInterval(looking);
      resolve(pass);
    });
    worker.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ERR_WORKER_OUT_OF_MEMORY") tell({ bomb: ended() });
      else throw error;
    });
  });
}

const [name = "", inputs, seed] = process.argv.slice(2);
if (parentPort === null) await watch(name, Number(inputs), Number(seed));
else parentPort.postMessage(await drive(workerData as Given));
