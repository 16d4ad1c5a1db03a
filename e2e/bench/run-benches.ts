import { globSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import path from "node:path";
import type { Bench, Figure } from "#e2e/bench/figure.ts";
import { figureTable } from "#e2e/bench/figure-table.ts";

export interface BenchOptions {
  /** Only the files whose name has this in it. */
  readonly only: string | undefined;
  readonly json: boolean;
  /** A line of the answer. */
  readonly say: (line: string) => void;
  /** A line about the answer: what runs now, and how busy the machine is. */
  readonly tell: (line: string) => void;
}

/** Runs every `*.bench.ts` of this folder, one after the other, and prints its figures. `false` when one missed its aim. */
export async function runBenches({ only, json, say, tell }: BenchOptions): Promise<boolean> {
  const files = globSync("*.bench.ts", { cwd: import.meta.dirname })
    .filter((file) => only === undefined || file.includes(only))
    .sort();
  if (files.length === 0) {
    tell(`no bench has "${only}" in its name`);
    return false;
  }
  const all: Figure[] = [];
  tell(loadLine());
  for (const file of files) {
    const startedAt = performance.now();
    tell(`${file} …`);
    const bench = (await import(path.join(import.meta.dirname, file))) as Bench;
    const figures = await bench.figures();
    all.push(...figures);
    if (!json) for (const line of figureTable(figures)) say(line);
    tell(`${file} took ${Math.round((performance.now() - startedAt) / 1_000)} s; ${loadLine()}`);
  }
  if (json) say(JSON.stringify(all, null, 2));
  return all.every((one) => one.ok);
}

/** Figures of a busy machine mean little by themselves, so its load stands beside them. */
function loadLine(): string {
  const [load = 0] = loadavg();
  const cores = availableParallelism();
  const busy = load > cores ? ": others work here too, so compare with the yardsticks only" : "";
  return `load ${load.toFixed(1)} on ${cores} cores${busy}`;
}
