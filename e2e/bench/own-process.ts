import { fork } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Figure } from "#e2e/bench/figure.ts";
import { root } from "#lib/cli/root.ts";
import { endLocalGroup } from "#lib/transports/local-group.ts";

/**
 * The figures of a bench, measured in a process of its own. It has a folder for all that it writes and a process group, so that
 * nothing is left of it however it ends. Throws when that is without its figures, as it is once `signal` is aborted.
 */
export async function figuresOf(file: string, signal: AbortSignal): Promise<Figure[]> {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-bench-"));
  // Servers that give up being root must reach what is theirs in it.
  chmodSync(folder, 0o711);
  const preload = path.join(root, "lib/cli/exit-with-parent.ts");
  const child = fork(path.join(import.meta.dirname, "run-one.ts"), [file], {
    execArgv: [...process.execArgv, `--import=${preload}`],
    // What a bench says beside its figures is no part of the answer; a figure may be `NaN`, which JSON has not.
    stdio: ["ignore", 2, 2, "ipc"],
    serialization: "advanced",
    env: { ...process.env, TMPDIR: folder },
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("no process could be started");
  const stop = () => void endLocalGroup(pid);
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    const told = new Promise<Figure[]>((resolve) => child.once("message", (figures) => resolve(figures as Figure[])));
    const [code, by] = await once(child, "exit");
    if (code !== 0) throw new Error(`ended by ${by ?? `code ${code}`} without figures`);
    return await told;
  } finally {
    signal.removeEventListener("abort", stop);
    await endLocalGroup(pid);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
