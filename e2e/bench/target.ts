import { setTimeout as pause } from "node:timers/promises";
import { type MeteredChild, startChild } from "#e2e/bench/metered-child.ts";
import type { TargetQuestion } from "#e2e/bench/target-server.ts";

/** The watched servers of one bench, in a process of their own so that their work is nobody's figure. */
export interface Target extends AsyncDisposable {
  /** An address for each of `count` services; the same number and prefix give the same address. */
  readonly urls: (count: number, prefix: string) => string[];
  /** When each path that begins with `prefix` was asked since the last call for it, in epoch milliseconds. */
  readonly takeArrivals: (prefix: string) => Promise<Readonly<Record<string, readonly number[]>>>;
  /** Waits until `count` addresses were asked; returns when they were. Throws after `timeoutMs`. */
  readonly untilAllAsked: (
    prefix: string,
    count: number,
    timeoutMs: number,
  ) => Promise<Readonly<Record<string, readonly number[]>>>;
  /** Makes `/switch…` answer 503 or 200; returns when, in epoch milliseconds. */
  readonly fail: (failing: boolean) => Promise<number>;
}

export async function startTarget(): Promise<Target> {
  const child: MeteredChild = startChild("e2e/bench/target-server.ts");
  // One question at a time, so that each gets its own answer.
  let asked: Promise<unknown> = Promise.resolve();
  const ask = (question: TargetQuestion): Promise<unknown> => {
    asked = asked.then(() => child.ask(question));
    return asked;
  };
  const takeArrivals = async (prefix: string) => (await ask({ take: prefix })) as Record<string, number[]>;
  const origins = (await ask("origins")) as string[];
  return {
    urls: (count, prefix) =>
      Array.from({ length: count }, (_, at) => `${origins[at % origins.length]}/${prefix}/${at}`),
    takeArrivals,
    untilAllAsked: async (prefix, count, timeoutMs) => {
      const seen: Record<string, number[]> = {};
      const giveUpAt = performance.now() + timeoutMs;
      while (Object.keys(seen).length < count) {
        if (performance.now() > giveUpAt) throw new Error(`not all ${count} addresses were asked in time`);
        await pause(200);
        for (const [path, times] of Object.entries(await takeArrivals(prefix))) {
          seen[path] = [...(seen[path] ?? []), ...times];
        }
      }
      return seen;
    },
    fail: async (failing) => (await ask(failing ? "fail" : "heal")) as number,
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
