import { globSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import path from "node:path";
import type { Figure } from "#e2e/bench/figure.ts";
import { figureTable } from "#e2e/bench/figure-table.ts";
import { figuresOf } from "#e2e/bench/own-process.ts";

export interface BenchOptions {
  /** Only the files whose name has this in it. */
  readonly only: string | undefined;
  readonly json: boolean;
  /** Ends what runs, and begins nothing more. */
  readonly signal: AbortSignal;
  /** A line of the answer. */
  readonly say: (line: string) => void;
  /** A line about the answer: what runs now, and how busy the machine is. */
  readonly tell: (line: string) => void;
}

/**
 * Runs every `*.bench.ts` of this folder, one after the other, each in a process of its own, as what it measures has one:
 * what one leaves behind in memory is not the next one's cost. Prints their figures. `false` when one missed its aim or was not
 * measured.
 */
export async function runBenches({ only, json, signal, say, tell }: BenchOptions): Promise<boolean> {
  const files = globSync("*.bench.ts", { cwd: import.meta.dirname })
    .filter((file) => only === undefined || file.includes(only))
    .sort();
  if (files.length === 0) {
    tell(`no bench has "${only}" in its name`);
    return false;
  }
  const all: Figure[] = [];
  let broken = 0;
  tell(loadLine());
  for (const file of files) {
    const startedAt = performance.now();
    tell(`${file} …`);
    try {
      const figures = await figuresOf(path.join(import.meta.dirname, file), signal);
      all.push(...figures);
      if (!json) for (const line of figureTable(figures)) say(line);
      tell(`${file} took ${Math.round((performance.now() - startedAt) / 1_000)} s; ${loadLine()}`);
    } catch (error) {
      broken += 1;
      tell(`${file} ${signal.aborted ? "was stopped" : (error as Error).message}`);
    }
    if (signal.aborted) break;
  }
  if (json) say(JSON.stringify(all, null, 2));
  return broken === 0 && all.every((one) => one.ok);
}

/** Figures of a busy machine mean little by themselves, so its load stands beside them. */
function loadLine(): string {
  const [load = 0] = loadavg();
  const cores = availableParallelism();
  const busy = load > cores ? ": others work here too, so compare with the yardsticks only" : "";
  return `load ${load.toFixed(1)} on ${cores} cores${busy}`;
}
