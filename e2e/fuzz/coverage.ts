import { Session } from "node:inspector";

/** Tells which code was reached since it was last asked: V8's own block coverage, asked in this process. */
export interface Coverage {
  /** Forgets what was reached up to now. */
  readonly skip: () => void;
  /** Whether code was reached since the last call that was never `keep`t before. */
  readonly hasNew: (keep: boolean) => boolean;
  readonly stop: () => void;
}

/** `counts` says which files are looked at, by their address. */
export function startCoverage(counts: (url: string) => boolean): Coverage {
  const session = new Session();
  session.connect();
  /** By file, one byte for each character of its source: whether it ever ran. */
  const reached = new Map<string, Uint8Array>();
  // The session answers in the same call, for it runs in the thread it asks about.
  const ask = <T>(method: string, params?: object): T => {
    let answer: T | undefined;
    session.post(method, params, (error, result) => {
      if (error) throw error;
      answer = result as T;
    });
    return answer as T;
  };
  const take = () => ask<{ result: readonly ScriptCoverage[] }>("Profiler.takePreciseCoverage").result;
  ask("Profiler.enable");
  ask("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  return {
    skip: () => void take(),
    hasNew: (keep) => {
      let isNew = false;
      for (const { url, functions } of take()) {
        if (counts(url)) isNew = marked(reached, url, functions, keep) || isNew;
      }
      return isNew;
    },
    stop: () => session.disconnect(),
  };
}

function marked(
  reached: Map<string, Uint8Array>,
  url: string,
  functions: ScriptCoverage["functions"],
  keep: boolean,
): boolean {
  const end = Math.max(0, ...functions.flatMap(({ ranges }) => ranges.map(({ endOffset }) => endOffset)));
  let before = reached.get(url) ?? new Uint8Array(0);
  if (before.length < end) {
    const longer = new Uint8Array(end);
    longer.set(before);
    before = longer;
    reached.set(url, before);
  }
  let isNew = false;
  for (const { ranges } of functions) {
    const [whole, ...inner] = ranges;
    if (whole === undefined || whole.count === 0) continue;
    const ran = new Uint8Array(whole.endOffset - whole.startOffset).fill(1);
    for (const { startOffset, endOffset, count } of inner) {
      ran.fill(count > 0 ? 1 : 0, startOffset - whole.startOffset, endOffset - whole.startOffset);
    }
    for (const [at, one] of ran.entries()) {
      if (one === 0 || before[whole.startOffset + at] === 1) continue;
      isNew = true;
      if (!keep) return true;
      before[whole.startOffset + at] = 1;
    }
  }
  return isNew;
}

interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}
