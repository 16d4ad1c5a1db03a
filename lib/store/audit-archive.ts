import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, writeSync } from "node:fs";
import path from "node:path";
import { type ChainedRow, chainHash, formColumns, genesisHash, newestForm } from "#lib/store/audit-chain.ts";
import type { AuditCut } from "#lib/store/audit-cut.ts";
import type { ChainBreak, VouchedHead } from "#lib/store/audit-verify.ts";

const columns = [...formColumns, "form", "hash"] as const;
const name = /^audit-(\d{12})-(\d{12})\.jsonl$/;

/**
 * Writes rows that are about to be cut off into a file of the folder, one JSON object a line, with all that their hashes
 * are made of, and makes sure of it on the disk. Returns the file's name. Throws when the disk does.
 */
export function archiveRows(folder: string, rows: readonly ChainedRow[]): string {
  const number = (row: ChainedRow | undefined) => String(row?.id ?? 0).padStart(12, "0");
  const file = `audit-${number(rows[0])}-${number(rows.at(-1))}.jsonl`;
  const lines = rows.map((row) => `${JSON.stringify(Object.fromEntries(columns.map((key) => [key, row[key]])))}\n`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const beside = path.join(folder, `${file}.new`);
  const handle = openSync(beside, "w", 0o600);
  try {
    writeSync(handle, lines.join(""));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(beside, path.join(folder, file));
  const parent = openSync(folder, "r");
  try {
    fsyncSync(parent);
  } finally {
    closeSync(parent);
  }
  return file;
}

export interface ArchiveReport {
  /** How many rows were read and fit. */
  readonly rows: number;
  /** Number of the first of them; 1 when nothing was moved away. */
  readonly from: number;
  readonly broken: ChainBreak | null;
  /** Whether the head that was written down is among them. */
  readonly found: boolean;
}

/**
 * Walks the files of an archive in their order and sees whether their rows fit each other, fit what was vouched for, and
 * lead to the cut of the log. The first row's own hash can be judged from row 1 on only. Throws what the disk does.
 */
export function verifyArchive(
  folder: string,
  cut: AuditCut,
  vouched: readonly VouchedHead[],
  writtenDown: string | null,
): ArchiveReport {
  const known = new Map(vouched.toReversed().map(({ seq, hash }) => [seq, hash]));
  let [rows, from, seq, hash, found] = [0, 1, 0, genesisHash, false];
  const report = (broken: ChainBreak | null): ArchiveReport => ({ rows, from, broken, found });
  for (const file of readdirSync(folder)
    .filter((one) => name.test(one))
    .sort()) {
    for (const row of rowsOf(path.join(folder, file))) {
      if (row === null) return report({ seq: seq + 1, kind: "changed", why: `a line of ${file} is no row` });
      if (row.id > cut.upTo) return report(endOf(seq, hash, cut));
      if (rows === 0) from = row.id;
      else if (row.id !== seq + 1) {
        // Written twice by a crash between the file and the cut: the same rows again are no harm.
        if (row.id <= seq) continue;
        return report({ seq: seq + 1, kind: "missing", why: `${file} goes on with row ${row.id}` });
      }
      const judged = rows > 0 || row.id === 1;
      if (row.form !== newestForm || row.hash === null || (judged && chainHash(hash, row) !== row.hash))
        return report({ seq: row.id, kind: "changed", why: `it is not what its hash was made of (${file})` });
      if ((known.get(row.id) ?? row.hash) !== row.hash)
        return report({ seq: row.id, kind: "rewritten", why: "another row was vouched for" });
      [rows, seq, hash] = [rows + 1, row.id, row.hash];
      found ||= row.hash === writtenDown;
    }
  }
  return report(endOf(seq, hash, cut));
}

function endOf(seq: number, hash: string, { upTo, hash: wanted }: AuditCut): ChainBreak | null {
  if (seq < upTo)
    return { seq: seq + 1, kind: "missing", why: `the archive ends at ${seq}, the log begins after ${upTo}` };
  return hash === wanted ? null : { seq, kind: "rewritten", why: "the log goes on after another row than this one" };
}

function* rowsOf(file: string): Generator<ChainedRow | null> {
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (line === "") continue;
    try {
      const told = JSON.parse(line) as ChainedRow;
      yield typeof told?.id === "number" ? told : null;
    } catch {
      yield null;
    }
  }
}
