import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "#e2e/lab/lab-error.ts";
import { layOut } from "#e2e/lab/layout.ts";
import { readText } from "#e2e/lab/process.ts";

/**
 * Mounts a file system of `megabytes` in the lab's folder and returns its path, to be used as PITWALL_DATA: a disk that
 * can be filled without harm. It lives in memory, and `down` takes it away. Needs root. Mounted already: left as it is.
 */
export function mountStore(folder: string, megabytes: number): string {
  const { store } = layOut(folder);
  if (isMounted(store)) return store;
  assertRoot();
  mkdirSync(store, { recursive: true, mode: 0o700 });
  command("mount", "-t", "tmpfs", "-o", `size=${megabytes}m,mode=0700`, "pitwall-lab-store", store);
  return store;
}

/** Takes the store's file system away; a program that still works in it keeps it until it ends. */
export function unmountStore(folder: string): void {
  const { store } = layOut(folder);
  if (isMounted(store)) command("umount", "--lazy", store);
}

/** Writes a ballast file until nothing more fits. Returns its size in bytes. */
export function fillStore(folder: string): number {
  const { store } = layOut(folder);
  assertRoot();
  if (!isMounted(store)) {
    throw new LabError(
      "no small store is mounted; start the demo with `npm run demo -- --small-store`, or the lab with `up --store 64` and Pitwall with PITWALL_DATA at the folder it names",
    );
  }
  const file = openSync(ballast(folder), "a");
  let written = 0;
  try {
    for (let block = Buffer.alloc(1 << 20); block.length >= 512; ) {
      try {
        written += writeSync(file, block);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        block = block.subarray(0, block.length >> 1);
      }
    }
  } finally {
    closeSync(file);
  }
  return written;
}

export function emptyStore(folder: string): void {
  rmSync(ballast(folder), { force: true });
}

/** Whether the ballast file is there. */
export function isFilled(folder: string): boolean {
  return existsSync(ballast(folder));
}

/** Bytes that an ordinary program could still write to the store. */
export function storeBytesFree(folder: string): number {
  const { bavail, bsize } = statfsSync(layOut(folder).store);
  return bavail * bsize;
}

function ballast(folder: string): string {
  return join(layOut(folder).store, "ballast");
}

function isMounted(path: string): boolean {
  return readText("/proc/self/mounts")
    .split("\n")
    .some((line) => line.split(" ")[1] === path.replaceAll(" ", "\\040"));
}

function assertRoot(): void {
  if (process.getuid?.() !== 0) {
    throw new LabError(
      "`disk-full` needs root: only root can mount a small file system to fill, and no other disk is touched",
    );
  }
}

function command(name: string, ...args: string[]): void {
  const ran = spawnSync(name, args, { encoding: "utf8" });
  if (ran.status !== 0)
    throw new LabError(`\`${name} ${args.join(" ")}\` failed: ${(ran.stderr ?? String(ran.error)).trim()}`);
}
