import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { err, ok, type Result } from "#lib/core/result.ts";

/** A key that values are sealed under. Its bytes never leave the process but into the keys file. */
export interface Key {
  /** Stands in clear beside what it sealed. */
  readonly id: string;
  /** Epoch milliseconds. */
  readonly madeAt: number;
  /** 32 of them. */
  readonly bytes: Buffer;
}

/** Never empty. */
export interface Keys {
  /** What is sealed from now on is sealed under this one: the last of the file. */
  readonly current: Key;
  /** In the order they were made. */
  readonly all: readonly Key[];
}

/** The keys of this installation, as their file holds them at this moment. */
export interface Keyring {
  readonly file: string;
  /** Reads the file again when it has changed, so that a rotation reaches a process that runs. The error is a sentence. */
  readonly keys: () => Result<Keys, string>;
}

const heading = "# Keys of what Pitwall keeps sealed; the last one is current. Back it up apart from the database.";
const keyLine = /^(k[0-9a-f]{12}) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([A-Za-z0-9+/]{43}=)$/;
const maxFileBytes = 65_536;

export function openKeyring(file: string): Keyring {
  let known: { readonly stamp: string; readonly keys: Result<Keys, string> } | undefined;
  return {
    file,
    keys: () => {
      const stamp = stampOf(file);
      if (known === undefined || known.stamp !== stamp || !known.keys.ok) known = { stamp, keys: readKeys(file) };
      return known.keys;
    },
  };
}

/** All keys of a file, or why there are none: it is missing, everybody may read it, or it is damaged. */
export function readKeys(file: string): Result<Keys, string> {
  try {
    const { mode, size } = statSync(file);
    if ((mode & 0o007) !== 0) return err(`${file} is open to everybody on this machine; chmod 600 ${file}`);
    if (size > maxFileBytes) return err(`${file} is over 64 kB and cannot be a keys file`);
    return parseKeys(readFileSync(file, "utf8"), file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return err(`there is no keys file ${file}`);
    return err(`the keys file ${file} cannot be read (${code ?? "no code"})`);
  }
}

function parseKeys(text: string, file: string): Result<Keys, string> {
  const all: Key[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, id, at, base64] = keyLine.exec(line.trim()) ?? [];
    // The line itself may be a key and is not repeated.
    if (id === undefined || at === undefined || base64 === undefined)
      return err(`line ${index + 1} of ${file} is no key`);
    if (all.some((key) => key.id === id)) return err(`line ${index + 1} of ${file} repeats the key ${id}`);
    all.push({ id, madeAt: Date.parse(at), bytes: Buffer.from(base64, "base64") });
  }
  const current = all.at(-1);
  return current === undefined ? err(`${file} holds no key`) : ok({ current, all });
}

export function makeKey(now: number): Key {
  return { id: `k${randomBytes(6).toString("hex")}`, madeAt: now, bytes: randomBytes(32) };
}

/** Replaces the file as a whole and makes sure of it on the disk: a crash leaves the old keys or the new ones. */
export function writeKeys(file: string, keys: readonly Key[]): void {
  const lines = keys.map(
    ({ id, madeAt, bytes }) => `${id} ${new Date(madeAt).toISOString()} ${bytes.toString("base64")}`,
  );
  const beside = `${file}.${process.pid}.new`;
  const handle = openSync(beside, "w", 0o600);
  try {
    fchmodSync(handle, 0o600);
    writeFileSync(handle, `${[heading, ...lines].join("\n")}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  const folder = openSync(path.dirname(file), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.mode}`;
}
