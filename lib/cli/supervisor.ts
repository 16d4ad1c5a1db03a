import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { type BackOff, defaultBackOff, nextDelayMs } from "#lib/cli/restart-delay.ts";
import { formatDuration } from "#lib/core/duration.ts";

/** One program that must keep running. */
export interface ChildSpec {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

export interface SuperviseOptions {
  readonly children: readonly ChildSpec[];
  /** Aborting it ends all children and then resolves. */
  readonly signal: AbortSignal;
  /** Takes a line of a child's output, or of the supervisor's own when `from` is `pitwall`. */
  readonly output: (from: string, line: string) => void;
  readonly backOff?: BackOff;
  /** How long a child may take to end by itself before its whole process group is killed. */
  readonly drainMs?: number;
}

/** Keeps every child running until the signal aborts; then lets them drain, kills what stays, and resolves. */
export async function supervise(options: SuperviseOptions): Promise<void> {
  await Promise.all(options.children.map((child) => keepRunning(child, options)));
}

async function keepRunning(spec: ChildSpec, options: SuperviseOptions): Promise<void> {
  const { signal, output, backOff = defaultBackOff } = options;
  let delayMs: number | null = null;
  while (!signal.aborted) {
    const startedAt = performance.now();
    const steady =
      delayMs !== null
        ? setTimeout(() => output("pitwall", `${spec.name} is steady again`), backOff.resetAfterMs)
        : undefined;
    const end = await runToEnd(spec, options);
    clearTimeout(steady);
    if (signal.aborted) return;
    const ranMs = performance.now() - startedAt;
    const previousMs: number | null = ranMs >= backOff.resetAfterMs ? null : delayMs;
    delayMs = nextDelayMs(delayMs, ranMs, backOff);
    // Said at the first end of a row and when the waits stop growing; between them the child speaks for itself.
    const words = `${spec.name} ${end} after ${formatDuration(ranMs)}; starting it again in ${formatDuration(delayMs)}`;
    if (previousMs === null) output("pitwall", words);
    else if (previousMs < delayMs && delayMs === backOff.longestMs)
      output("pitwall", `${words}, and so on until it stays up`);
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Runs a child once and returns how it ended, when nothing of its process group is left. */
async function runToEnd(spec: ChildSpec, { signal, output, drainMs = 10_000 }: SuperviseOptions): Promise<string> {
  const [command, ...args] = spec.argv;
  // A group of its own: Ctrl-C in the terminal reaches the parent alone, which then ends its children in order.
  const child = spawn(command, args, {
    cwd: spec.cwd,
    env: spec.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on("line", (line) => output(spec.name, line));
  }
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`could not be started (${error.message})`));
    child.once("exit", (code, by) => resolve(by === null ? `ended with code ${code}` : `was ended by ${by}`));
  });
  const drain = () => {
    child.kill("SIGTERM");
    setTimeout(() => killGroup(child), drainMs).unref();
  };
  if (signal.aborted) drain();
  else signal.addEventListener("abort", drain, { once: true });
  const end = await ended;
  signal.removeEventListener("abort", drain);
  killGroup(child);
  if (child.connected) child.disconnect();
  return end;
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
