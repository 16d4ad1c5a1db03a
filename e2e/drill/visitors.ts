import { request } from "node:http";

/** What visitors met. */
export interface Visits {
  /** Answered 200. */
  readonly answered: number;
  /** Any other answer, a broken connection, or none in time; each in words. */
  readonly failed: readonly string[];
  /** Longest time without an answer. */
  readonly maxGapMs: number;
}

const patienceMs = 20_000;

/** Asks for the paths in turn, so many times a second, each on a connection of its own. `stop` waits for those under way. */
export function startVisitors(
  base: string,
  perSecond: number,
  paths: readonly string[],
): { stop: () => Promise<Visits> } {
  const failed: string[] = [];
  const under = new Set<Promise<void>>();
  let [answered, turn, maxGapMs, lastAt] = [0, 0, 0, performance.now()];
  const visit = async (path: string): Promise<void> => {
    const said = await ask(new URL(path, base));
    if (said !== 200) {
      failed.push(`${path}: ${said}`);
      return;
    }
    answered += 1;
    const now = performance.now();
    maxGapMs = Math.max(maxGapMs, Math.round(now - lastAt));
    lastAt = now;
  };
  const timer = setInterval(() => {
    const going = visit(paths[turn++ % paths.length] ?? "/").finally(() => under.delete(going));
    under.add(going);
  }, 1_000 / perSecond);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(under);
      return { answered, failed, maxGapMs };
    },
  };
}

/** The answer's status, or what went wrong. */
function ask(url: URL): Promise<number | string> {
  return new Promise((resolve) => {
    const visitor = request(url, { agent: false, timeout: patienceMs }, (response) => {
      response.on("error", (error) => resolve(error.message));
      response.on("end", () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    visitor.on("timeout", () => visitor.destroy(new Error(`no answer within ${patienceMs} ms`)));
    visitor.on("error", (error) => resolve(error.message));
    visitor.end();
  });
}
