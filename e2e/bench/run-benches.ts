import { fork } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import path from "node:path";
import type { Figure } from "#e2e/bench/figure.ts";
import { figureTable } from "#e2e/bench/figure-table.ts";
import { root } from "#lib/cli/root.ts";

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
 * what one leaves behind in memory is not the next one's cost. Prints their figures. `false` when one missed its aim or none
 * is known.
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
  tell(loadLine());
  for (const file of files) {
    const startedAt = performance.now();
    tell(`${file} …`);
    const figures = await figuresOf(path.join(import.meta.dirname, file), signal);
    if (figures === null) {
      tell(`${file} was stopped`);
      return false;
    }
    all.push(...figures);
    if (!json) for (const line of figureTable(figures)) say(line);
    tell(`${file} took ${Math.round((performance.now() - startedAt) / 1_000)} s; ${loadLine()}`);
  }
  if (json) say(JSON.stringify(all, null, 2));
  return all.every((one) => one.ok);
}

/** `null` when it was stopped. It has a folder for all that it writes, and a process group, so that nothing is left of it. */
async function figuresOf(file: string, signal: AbortSignal): Promise<Figure[] | null> {
  if (signal.aborted) return null;
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-bench-"));
  const preload = path.join(root, "lib/cli/exit-with-parent.ts");
  const child = fork(path.join(import.meta.dirname, "run-one.ts"), [file], {
    execArgv: [...process.execArgv, `--import=${preload}`],
    // What a bench says beside its figures is no part of the answer; a figure may be `NaN`, which JSON has not.
    stdio: ["ignore", 2, 2, "ipc"],
    serialization: "advanced",
    env: { ...process.env, TMPDIR: folder },
    detached: true,
  });
  const stop = () => child.pid !== undefined && process.kill(-child.pid, "SIGTERM");
  signal.addEventListener("abort", stop);
  const ended = once(child, "exit");
  const told = new Promise<Figure[]>((resolve) => child.once("message", (figures) => resolve(figures as Figure[])));
  const [code, by] = await ended;
  signal.removeEventListener("abort", stop);
  rmSync(folder, { recursive: true, force: true });
  if (signal.aborted) return null;
  if (code !== 0) throw new Error(`${path.basename(file)} ended with ${by ?? code} and no figures`);
  return await told;
}

/** Figures of a busy machine mean little by themselves, so its load stands beside them. */
function loadLine(): string {
  const [load = 0] = loadavg();
  const cores = availableParallelism();
  const busy = load > cores ? ": others work here too, so compare with the yardsticks only" : "";
  return `load ${load.toFixed(1)} on ${cores} cores${busy}`;
}
