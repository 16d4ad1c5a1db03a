import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { type Coverage, startCoverage } from "#e2e/fuzz/coverage.ts";
import { mutate } from "#e2e/fuzz/mutate.ts";
import { createRandom } from "#e2e/fuzz/random.ts";
import { type FuzzFinding, type FuzzPass, type FuzzTarget, fuzzBounds } from "#e2e/fuzz/target.ts";
import type { Watched } from "#e2e/fuzz/watched.ts";

export interface FuzzParts {
  readonly inputs: number;
  readonly seed: number;
  /** Empties the heap of what is not held, so that what grows is seen; without it nothing is said of memory. */
  readonly collect?: (() => void) | undefined;
  readonly watched?: Watched | undefined;
  /** Inputs to mutate beside the target's own: those that an earlier pass has kept. */
  readonly corpus?: readonly Uint8Array[];
  /**
   * Whether code that is reached is looked at, and inputs that reach new code are kept. Code that was once compiled to be
   * looked at stays slow as long as its thread lives, so that of the time of an input nothing is said.
   */
  readonly guide?: boolean;
}

const longestBytes = 16_384;
/** Inputs between two looks at what code was reached. */
const batch = 128;
const largestCorpus = 600;

/** Feeds one target with inputs that are the same for the same seed, and tells whatever it must not do. */
export async function fuzzTarget(target: FuzzTarget, parts: FuzzParts): Promise<FuzzPass> {
  const { inputs, seed } = parts;
  const startedAt = performance.now();
  const random = createRandom(seed);
  const corpus: Uint8Array[] = [...target.seeds, ...(parts.corpus ?? [])];
  const found = new Map<string, FuzzFinding>();
  const made = madeInputs(target, seed);
  const coverage = parts.guide === true ? startCoverage(isProduct) : null;
  const mutating = { random, corpus, words: target.words ?? [], longestBytes: target.longestBytes ?? longestBytes };
  let slowestMs = 0;
  let baseBytes = 0;
  let grewBytes = 0;
  let recent: Buffer[] = [];
  for (let i = 0; i < inputs && found.size < fuzzBounds.findings; i += 1) {
    const seeded = target.seeds[i];
    const input = seeded !== undefined ? Buffer.from(seeded) : random.oneIn(16) ? made() : mutate(mutating);
    const { error, tookMs } = await attempt(target, input, parts.watched);
    if (coverage === null) slowestMs = Math.max(slowestMs, tookMs);
    const trouble = troubleOf(error, coverage === null ? tookMs : 0);
    if (trouble !== null && !found.has(trouble.key)) {
      found.set(trouble.key, { ...trouble, input: await smallest(target, input, trouble.key) });
    }
    if (coverage !== null) recent = await learn(target, coverage, corpus, recent, input);
    if (
      parts.collect !== undefined &&
      (i === Math.min(1_000, inputs - 1) || i % 50_000 === 49_999 || i === inputs - 1)
    ) {
      parts.collect();
      const { heapUsed, external } = process.memoryUsage();
      if (baseBytes === 0) baseBytes = heapUsed + external;
      grewBytes = Math.max(grewBytes, heapUsed + external - baseBytes);
    }
  }
  coverage?.stop();
  if (grewBytes > fuzzBounds.grewBytes) {
    found.set("memory", { kind: "memory", what: `grew by ${grewBytes} bytes`, input: Buffer.alloc(0) });
  }
  return {
    target: target.name,
    inputs,
    seed,
    tookMs: performance.now() - startedAt,
    slowestMs,
    grewBytes,
    kept: corpus.slice(target.seeds.length),
    findings: [...found.values()].map(({ kind, what, input }) => ({ kind, what, input })),
  };
}

function isProduct(url: string): boolean {
  return url.startsWith("file:") && /\/lib\/|\/node_modules\/(saxes|csv-parse|jsonpath-rfc9535|re2js|yaml)\//.test(url);
}

/** Inputs made from nothing by fast-check, a few hundred at a time. */
function madeInputs(target: FuzzTarget, seed: number): () => Buffer {
  const any: fc.Arbitrary<string | Uint8Array> = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc.json(),
    fc.uint8Array({ maxLength: 300 }),
  );
  const arbitrary = target.arbitrary === undefined ? any : fc.oneof(any, target.arbitrary, target.arbitrary);
  let round = 0;
  let ready: (string | Uint8Array)[] = [];
  return () => {
    if (ready.length === 0) {
      ready = fc.sample(arbitrary, { numRuns: 256, seed: seed + round });
      round += 1;
    }
    return Buffer.from((ready.pop() ?? "") as string);
  };
}

const slowTries = 40;
const pauseMs = 20;

async function attempt(
  target: FuzzTarget,
  input: Buffer,
  watched?: Watched,
): Promise<{ readonly error: unknown; readonly tookMs: number }> {
  const first = await timed(target, input, watched);
  if (first.error !== undefined || first.tookMs <= fuzzBounds.inputMs) return first;
  // Others work on this machine too: an input is slow when it is slow each time, in processor time. What runs in this thread
  // alone is measured by it, without what the engine collects and compiles beside it.
  // Where it is interrupted time and again even that grows, so it is tried now and then until it was left alone once.
  let tookMs = first.tookMs;
  for (let tries = 0; tries < slowTries && tookMs > fuzzBounds.inputMs; tries += 1) {
    await pause(pauseMs);
    const [inThread, inAll] = [process.threadCpuUsage(), process.cpuUsage()];
    const again = await timed(target, input, watched);
    const { user, system } = again.alone ? process.threadCpuUsage(inThread) : process.cpuUsage(inAll);
    tookMs = Math.min(tookMs, again.tookMs, (user + system) / 1_000);
  }
  return { error: undefined, tookMs };
}

async function timed(target: FuzzTarget, input: Buffer, watched?: Watched) {
  watched?.begin(input);
  const startedAt = performance.now();
  let error: unknown;
  let alone = true;
  try {
    const running = target.run(input);
    alone = running === undefined;
    if (running !== undefined) await running;
  } catch (cause) {
    error = cause ?? new Error("nothing was thrown");
  }
  const tookMs = performance.now() - startedAt;
  watched?.end();
  return { error, tookMs, alone };
}

interface Trouble {
  readonly kind: FuzzFinding["kind"];
  readonly what: string;
  /** The same for inputs that show the same. */
  readonly key: string;
}

function troubleOf(error: unknown, tookMs: number): Trouble | null {
  if (error !== undefined) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const place = stack.split("\n").find((line) => /\/(lib|e2e)\//.test(line)) ?? "";
    const name = error instanceof Error ? error.name : typeof error;
    return { kind: "threw", what: stack.split("\n").slice(0, 6).join("\n").slice(0, 1_500), key: `${name}${place}` };
  }
  if (tookMs <= fuzzBounds.inputMs) return null;
  return { kind: "slow", what: `took ${Math.round(tookMs)} ms`, key: "slow" };
}

/** Leaves out pieces of an input as long as it shows the same. */
async function smallest(target: FuzzTarget, input: Buffer, key: string): Promise<Buffer> {
  let least = input;
  const until = performance.now() + 10_000;
  for (let size = Math.ceil(least.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < least.length && performance.now() < until; ) {
      const shorter = Buffer.concat([least.subarray(0, at), least.subarray(at + size)]);
      const { error, tookMs } = await attempt(target, shorter);
      if (troubleOf(error, tookMs)?.key === key) least = shorter;
      else at += size;
    }
  }
  return least;
}

/** After each batch: when it reached new code, its inputs are run again one by one, and those that did it are kept. */
async function learn(
  target: FuzzTarget,
  coverage: Coverage,
  corpus: Uint8Array[],
  recent: Buffer[],
  input: Buffer,
): Promise<Buffer[]> {
  recent.push(input);
  if (recent.length < batch) return recent;
  if (!coverage.hasNew(false)) return [];
  for (const input of recent) {
    coverage.skip();
    await timed(target, input);
    if (coverage.hasNew(true)) keep(corpus, target.seeds.length, input);
  }
  return [];
}

function keep(corpus: Uint8Array[], seeds: number, input: Buffer): void {
  if (input.length > 8_192) return;
  if (corpus.length >= largestCorpus) corpus.splice(seeds, 1);
  corpus.push(input);
}
