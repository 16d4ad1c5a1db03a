import { readdir, readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { Ending } from "#lib/transports/command-failure.ts";
import { errorCode } from "#lib/transports/socket-failure.ts";

/** How long a process group may take to end, by signal. By the clock: on a busy machine a look at all processes takes its time. */
const endTimeoutMs = { SIGTERM: 2_000, SIGKILL: 5_000 } as const;
const lookEveryMs = 20;

/** Ends a process group of this machine and looks whether anything of it is left. */
export async function endLocalGroup(group: number): Promise<Ending> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    send(group, signal);
    const endAt = performance.now() + endTimeoutMs[signal];
    while (performance.now() < endAt) {
      await pause(lookEveryMs);
      if (send(group, 0) === "gone" || !(await runs(group))) return "gone";
    }
  }
  return "remains";
}

/** A group of root's processes answers EPERM and is there all the same. */
function send(group: number, signal: NodeJS.Signals | 0): "there" | "gone" {
  try {
    process.kill(-group, signal);
    return "there";
  } catch (error) {
    return errorCode(error) === "ESRCH" ? "gone" : "there";
  }
}

/**
 * Whether the group holds more than processes that ended and were not reaped. Without a /proc that is not known: yes. Its
 * leader is asked first: a look at all processes takes a busy machine seconds.
 */
async function runs(group: number): Promise<boolean> {
  if (await runsIn(group, group)) return true;
  const entries = await readdir("/proc").catch(() => null);
  if (!entries) return true;
  for (const pid of entries.filter((entry) => /^\d+$/.test(entry))) if (await runsIn(group, Number(pid))) return true;
  return false;
}

async function runsIn(group: number, pid: number): Promise<boolean> {
  // A process that ended meanwhile has no file any more.
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  // The name in parentheses may hold anything; state, parent and group follow it (proc(5)).
  const [state, , inGroup] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return inGroup === String(group) && state !== "Z";
}
