import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Key, Keys } from "#lib/access/keyring.ts";

/** The end of the audit log at an instant, vouched for under a key that the store does not hold. */
export interface Checkpoint {
  readonly seq: number;
  /** Hash of that row, in hex. */
  readonly hash: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface Checkpoints {
  /** Those that the keys vouch for, oldest first. */
  readonly good: readonly Checkpoint[];
  /** Numbers of the lines, from 1, that no key that is there made: forged or damaged. */
  readonly forged: readonly number[];
  /** How many are of keys that were forgotten since. */
  readonly unknown: number;
}

const longestFileBytes = 1_000_000;
const linesKept = 2_000;
const line = /^head1 (\d{1,15}) ([0-9a-f]{64}) (\d{1,15}) (k[0-9a-f]{12}) ([0-9a-f]{64})$/;

export function auditHeadFile(dataFolder: string): string {
  return join(dataFolder, "audit-head");
}

/**
 * Appends a checkpoint and makes sure of it on the disk. The store's write-ahead log is synced first, so that a power cut
 * cannot take rows from the store that are vouched for here. Throws when the disk does.
 */
export function appendCheckpoint(file: string, storeFile: string, keys: Keys, checkpoint: Checkpoint): void {
  syncFile(`${storeFile}-wal`);
  shorten(file);
  const handle = openSync(file, "a", 0o600);
  try {
    writeSync(handle, `${lineOf(keys.current, checkpoint)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** None when there is no file. A last line without its end was cut by a crash and counts for nothing. */
export function readCheckpoints(file: string, keys: Keys): Checkpoints {
  const good: Checkpoint[] = [];
  const forged: number[] = [];
  let unknown = 0;
  for (const [index, text] of linesOf(file).entries()) {
    const [, seq = "", hash = "", at = "", keyId = "", mac = ""] = line.exec(text) ?? [];
    const key = keys.all.find(({ id }) => id === keyId);
    if (mac !== "" && key === undefined) {
      unknown += 1;
      continue;
    }
    const checkpoint = { seq: Number(seq), hash, at: Number(at) };
    const made = key === undefined ? "" : macOf(key, checkpoint);
    if (made.length === mac.length && timingSafeEqual(Buffer.from(made), Buffer.from(mac)) && mac !== "")
      good.push(checkpoint);
    else forged.push(index + 1);
  }
  return { good, forged, unknown };
}

function lineOf(key: Key, checkpoint: Checkpoint): string {
  const { seq, hash, at } = checkpoint;
  return `head1 ${seq} ${hash} ${at} ${key.id} ${macOf(key, checkpoint)}`;
}

/** Under a key of its own, which RFC 5869 derives: what values are sealed under is used for nothing else. */
function macOf({ bytes }: Key, { seq, hash, at }: Checkpoint): string {
  const own = Buffer.from(hkdfSync("sha256", bytes, Buffer.alloc(0), "pitwall audit head 1", 32));
  return createHmac("sha256", own).update(`${seq} ${hash} ${at}`).digest("hex");
}

function linesOf(file: string): string[] {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return [];
  return readFileSync(file, "utf8").split("\n").slice(0, -1);
}

/** The file stays small: the newest lines are kept. */
function shorten(file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) < longestFileBytes) return;
  const lines = linesOf(file).slice(-linesKept);
  const beside = `${file}.${process.pid}.new`;
  const handle = openSync(beside, "w", 0o600);
  try {
    writeSync(handle, lines.map((text) => `${text}\n`).join(""));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(beside, file);
}

function syncFile(file: string): void {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return;
  const handle = openSync(file, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
