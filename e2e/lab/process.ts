import { spawn } from "node:child_process";
import {
  chownSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LabError } from "#e2e/lab/lab-error.ts";
import type { Lab } from "#e2e/lab/layout.ts";
import { until } from "#e2e/lab/until.ts";

/** Every process of a lab carries this variable with the lab's folder, so that a later command can tell it from all others. */
export const markerVariable = "PITWALL_LAB_PROCESS";

export const serverPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

type Placed = Pick<Lab, "folder" | "owner" | "paths">;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function environment(lab: Placed, more: Record<string, string>): NodeJS.ProcessEnv {
  return {
    NODE_ENV: "production",
    PATH: serverPath,
    HOME: lab.folder,
    USER: lab.owner.name,
    LANG: "C.UTF-8",
    [markerVariable]: lab.folder,
    ...more,
  };
}

/** uid and gid to start a server with; only root can choose, and needs to. */
function identity(lab: Placed): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? { uid: lab.owner.uid, gid: lab.owner.gid } : {};
}

/** Runs a command as the servers' user and waits for its end. Throws with what it said when it fails, unless `mayFail`. */
export function run(
  lab: Placed,
  argv: readonly [string, ...string[]],
  {
    env = {},
    timeoutMs = 120_000,
    mayFail = false,
  }: { env?: Record<string, string>; timeoutMs?: number; mayFail?: boolean } = {},
): Promise<Ran> {
  const [command, ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: lab.folder,
      env: environment(lab, env),
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      ...identity(lab),
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("error", (error) => reject(new LabError(`${command} could not be started: ${error.message}`)));
    let finished = false;
    const finish = (code: number | null) => {
      if (finished) return;
      finished = true;
      child.stdout.destroy();
      child.stderr.destroy();
      if (code !== 0 && !mayFail) {
        const said = (stderr || stdout).trim().slice(-800);
        reject(new LabError(`\`${argv.join(" ")}\` failed (${code ?? "killed"}): ${said}`));
      } else resolve({ code, stdout, stderr });
    };
    child.on("close", finish);
    // A daemon that the command leaves behind may keep the pipes open for ever: then what was read by now has to do.
    // One more turn, so that a process that was itself held up has read what lay in them.
    child.on("exit", (code) => setTimeout(() => setImmediate(finish, code), 300));
  });
}

/** Starts a server that stays, its output in `log/<name>.log`, its pid in `run/<name>.pid`. Returns the pid. */
export function start(
  lab: Placed,
  name: string,
  argv: readonly [string, ...string[]],
  { env = {}, asOwner = true }: { env?: Record<string, string>; asOwner?: boolean } = {},
): number {
  const [command, ...args] = argv;
  const log = openSync(join(lab.paths.logs, `${name}.log`), "w", 0o640);
  giveToOwner(lab, join(lab.paths.logs, `${name}.log`));
  try {
    const child = spawn(command, args, {
      cwd: lab.folder,
      env: environment(lab, env),
      stdio: ["ignore", log, log],
      detached: true,
      ...(asOwner ? identity(lab) : {}),
    });
    if (child.pid === undefined) throw new LabError(`${command} could not be started; is it installed?`);
    child.on("error", () => {}); // a failed start shows as a missing pid, above
    child.unref();
    writeFileSync(join(lab.paths.pids, `${name}.pid`), `${child.pid}\n`);
    return child.pid;
  } finally {
    closeSync(log);
  }
}

/**
 * Starts one of this folder's own programs under the Node that runs us. It becomes the servers' user by itself:
 * that user may not be allowed to read the checkout or this Node.
 */
export function startProgram(
  lab: Placed,
  name: string,
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): number {
  const file = fileURLToPath(new URL(program, import.meta.url));
  return start(lab, name, [process.execPath, file, lab.folder, ...args], {
    env: { PITWALL_LAB_UID: String(lab.owner.uid), PITWALL_LAB_GID: String(lab.owner.gid), NODE_OPTIONS: "", ...env },
    asOwner: false,
  });
}

/** Pid of the process `name`, if it lives and really is this lab's. */
export function pidOf(lab: Placed, name: string): number | null {
  return livingPid(lab.folder, join(lab.paths.pids, `${name}.pid`));
}

/** Pid in a pid file, if that process lives and really belongs to the lab in `folder`: pids are used again. */
export function livingPid(folder: string, pidFile: string): number | null {
  const pid = Number.parseInt(readText(pidFile), 10);
  return pid > 1 && belongsTo(folder, pid) ? pid : null;
}

/** Ends the process `name`: `signal`, then after `graceMs` SIGKILL. Returns whether there was one. */
export async function end(
  lab: Placed,
  name: string,
  signal: NodeJS.Signals = "SIGTERM",
  graceMs = 5_000,
): Promise<boolean> {
  const pid = pidOf(lab, name);
  if (pid !== null) await endPids([pid], signal, graceMs);
  rmSync(join(lab.paths.pids, `${name}.pid`), { force: true });
  return pid !== null;
}

/** Ends these processes and waits until they are gone; the pids must have been proven to be ours just before. */
export async function endPids(pids: readonly number[], signal: NodeJS.Signals, graceMs: number): Promise<void> {
  for (const pid of pids) sendSignal(pid, signal);
  // A stopped process (SIGSTOP) takes no other signal before it goes on.
  for (const pid of pids) sendSignal(pid, "SIGCONT");
  const gone = () => pids.every((pid) => !isAlive(pid));
  try {
    await until("the end of the processes", gone, { timeoutMs: graceMs, everyMs: 25 });
  } catch {
    for (const pid of pids) sendSignal(pid, "SIGKILL");
    await until(`the end of the killed processes ${pids.join(", ")}`, gone, { timeoutMs: 5_000, everyMs: 25 });
  }
}

/** Sends a signal; a process that is gone already is no error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Direct children of a process. */
export function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === pid)
    .map(Number);
}

function parentOf(pid: string): number {
  return Number(statFields(Number(pid))[1]);
}

/** When the process with this pid started, in clock ticks since boot; `null` when there is none. */
export function startOf(pid: number): string | null {
  return statFields(pid)[19] ?? null;
}

/** Fields of /proc/PID/stat from the state on; empty when there is no such process. The name before them may hold anything. */
function statFields(pid: number): string[] {
  const stat = readText(`/proc/${pid}/stat`);
  return stat === "" ? [] : stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Lives and is no zombie. */
export function isAlive(pid: number): boolean {
  const state = processState(pid);
  return state !== null && state !== "Z" && state !== "X";
}

/** State letter of proc(5): `R`, `S`, `T` for stopped, `Z` for a zombie; `null` when there is no such process. */
export function processState(pid: number): string | null {
  return statFields(pid)[0] ?? null;
}

/** All living processes of the lab in `folder`, whoever started them and whatever became of their pid files. */
export function processesOf(folder: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && belongsTo(folder, pid));
}

/**
 * By the marker in the environment or, where a program writes its title over its environment, by that title and a
 * path of ours in it or as working folder: PostgreSQL's backends work in their data folder.
 */
function belongsTo(folder: string, pid: number): boolean {
  if (readText(`/proc/${pid}/environ`).split("\0").includes(`${markerVariable}=${folder}`)) return isAlive(pid);
  const title = readText(`/proc/${pid}/cmdline`);
  if (!retitled.some((start) => title.startsWith(start)) || !isAlive(pid)) return false;
  return title.includes(`${folder}/`) || workingFolder(pid).startsWith(`${folder}/`);
}

const retitled = ["sshd: /usr/sbin/sshd -f ", "Passenger ", "postgres: "];

function workingFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return ""; // gone, or another user's
  }
}

export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Makes the servers' user own a file that root has written. */
export function giveToOwner(lab: Pick<Lab, "owner">, ...files: string[]): void {
  if (process.getuid?.() !== 0) return;
  for (const file of files) chownSync(file, lab.owner.uid, lab.owner.gid);
}
