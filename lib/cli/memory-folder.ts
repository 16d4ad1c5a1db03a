import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { freemem } from "node:os";
import path from "node:path";

/** What three stacks of servers with their databases may come to, and as much again. */
const neededBytes = 4 * 2 ** 30;

/**
 * A folder in memory for files that nobody misses after a power cut, if this machine has one with room to spare in which
 * programs may run (a container's often has neither); else `null`. Some thousand stores and database clusters that each wait
 * for a disk are what tests would else spend half their time on.
 */
export function memoryFolder(folder = "/dev/shm"): string | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    const roomy = bavail * bsize >= neededBytes && freemem() >= 2 * neededBytes;
    return roomy && mayRunPrograms(folder) ? folder : null;
  } catch {
    return null;
  }
}

function mayRunPrograms(folder: string): boolean {
  const own = mkdtempSync(path.join(folder, "pitwall-probe-"));
  try {
    const program = path.join(own, "probe");
    writeFileSync(program, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
    return spawnSync(program).status === 0;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}
