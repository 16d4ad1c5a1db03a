import type { Counts } from "#lib/cli/test-counts.ts";

/** One part of the whole test. */
export interface Stage {
  readonly name: string;
  /** Names of stages that must have ended, however they ended, before this one begins. */
  readonly after?: readonly string[];
  /** Says what it does through `tell`; resolves with whether it passed and, where it runs tests, with what they came to. */
  readonly run: (tell: (text: string) => void) => Promise<{
    readonly passed: boolean;
    readonly counts?: Counts | undefined;
    /** A failed test each, with the first lines of why. */
    readonly failures?: readonly string[];
  }>;
}

export interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  readonly tookMs: number;
  readonly counts: Counts | undefined;
  readonly failures: readonly string[];
  /** All that the stage said. */
  readonly said: string;
}

/**
 * Runs stages in their order, at most `atOnce` at a time: most wait for servers rather than for a processor. A stage
 * that fails keeps no other from running. No stage begins once `signal` is aborted.
 */
export async function runStages(
  stages: readonly Stage[],
  {
    atOnce,
    signal,
    began,
    ended,
  }: {
    readonly atOnce: number;
    readonly signal: AbortSignal;
    readonly began: (name: string) => void;
    readonly ended: (outcome: Outcome) => void;
  },
): Promise<Outcome[]> {
  const waiting = [...stages];
  const running = new Map<string, Promise<void>>();
  const outcomes: Outcome[] = [];
  const isOver = (name: string) => !running.has(name) && !waiting.some((stage) => stage.name === name);
  const run = async (stage: Stage) => {
    const said: string[] = [];
    const startedAt = performance.now();
    const { passed, counts, failures = [] } = await stage.run((text) => said.push(text));
    const tookMs = performance.now() - startedAt;
    const outcome = { name: stage.name, passed, counts, failures, tookMs, said: said.join("") };
    outcomes.push(outcome);
    ended(outcome);
  };
  while (!signal.aborted && waiting.length > 0) {
    const at = running.size < atOnce ? waiting.findIndex(({ after = [] }) => after.every(isOver)) : -1;
    const [next] = at < 0 ? [] : waiting.splice(at, 1);
    if (next !== undefined) {
      began(next.name);
      running.set(
        next.name,
        run(next).finally(() => running.delete(next.name)),
      );
    } else if (running.size > 0) await Promise.race(running.values());
    else throw new Error(`these stages wait for each other: ${waiting.map(({ name }) => name).join(", ")}`);
  }
  await Promise.all(running.values());
  return outcomes;
}
