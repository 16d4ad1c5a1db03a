import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { err, ok, type Result } from "#lib/core/result.ts";

/** Makes the data folder, and this process the only Pitwall on it until disposal. The error says who else runs there. */
export function holdFolder(folder: string): Result<Disposable, string> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, "pitwall.pid");
  const mine = `${process.pid} ${startOf(process.pid) ?? ""}\n`;
  const holder = read(file);
  if (holder !== undefined && isAlive(holder)) {
    return err(`another Pitwall (process ${holder.pid}) runs on ${folder}; choose another folder with PITWALL_DATA`);
  }
  rmSync(file, { force: true });
  try {
    writeFileSync(file, mine, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return err(`another Pitwall is starting on ${folder}; choose another folder with PITWALL_DATA`);
  }
  return ok({
    [Symbol.dispose]() {
      if (read(file)?.pid === process.pid) rmSync(file, { force: true });
    },
  });
}

interface Holder {
  readonly pid: number;
  /** When the process started, in the kernel's ticks: a process of the same number that started later is another one. */
  readonly start: string | undefined;
}

function read(file: string): Holder | undefined {
  try {
    const [pid, start] = readFileSync(file, "utf8").trim().split(" ");
    return Number.isInteger(Number(pid)) && Number(pid) > 0 ? { pid: Number(pid), start } : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function isAlive({ pid, start }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const now = startOf(pid);
  return now === undefined || start === undefined || start === now;
}

/** Field 22 of /proc/<pid>/stat (proc_pid_stat(5)); `undefined` where there is no such file. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
