import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { root } from "#lib/cli/root.ts";

/** A Node process of its own that can be asked what it cost; it ends with the bench. */
export interface MeteredChild extends AsyncDisposable {
  /** CPU seconds of all its threads, user and system, since it began. */
  readonly cpuSeconds: () => number;
  readonly residentBytes: () => number;
  /** Sends a message and waits for the next one that comes back. */
  readonly ask: (message: unknown) => Promise<unknown>;
}

/** Ticks a second of `/proc/PID/stat`: a constant of Linux's interface, whatever the kernel's own clock (proc(5)). */
const ticksPerSecond = 100;
const endMs = 10_000;

/** Starts `file` (from the root). Of the environment it gets PATH and `env`; `flags` are Node's own. */
export function startChild(
  file: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): MeteredChild {
  const preload = path.join(root, "lib/cli/exit-with-parent.ts");
  const child = spawn(process.execPath, [...flags, `--import=${preload}`, path.join(root, file), ...args], {
    cwd: root,
    env: { PATH: process.env.PATH ?? "", NODE_ENV: "production", ...env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} could not be started`);
  return {
    cpuSeconds: () => cpuTicks(pid) / ticksPerSecond,
    residentBytes: () => statusBytes(pid, "VmRSS"),
    ask: async (message) => {
      const answer = once(child, "message");
      child.send(message as object);
      const [value] = (await answer) as unknown[];
      return value;
    },
    [Symbol.asyncDispose]: () => end(child),
  };
}

function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in the second field may hold anything; the fields after its bracket are numbers.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function statusBytes(pid: number, name: string): number {
  const line = readFileSync(`/proc/${pid}/status`, "utf8")
    .split("\n")
    .find((each) => each.startsWith(`${name}:`));
  return Number(line?.match(/\d+/)?.[0]) * 1024;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const kill = setTimeout(() => child.kill("SIGKILL"), endMs);
  await ended;
  clearTimeout(kill);
}
