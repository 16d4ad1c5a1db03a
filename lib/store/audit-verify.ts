import Database from "better-sqlite3";
import { type ChainedRow, chainHash, formColumns, newestForm } from "#lib/store/audit-chain.ts";
import { cutCommand, type ToldCut, toldCutOf } from "#lib/store/audit-cut.ts";

/** A row that somebody vouched for: `Checkpoint` of the file beside the store, or the head hash an auditor wrote down. */
export interface VouchedHead {
  readonly seq: number;
  readonly hash: string;
}

export type BreakKind = "changed" | "missing" | "inserted" | "reordered" | "cut-off" | "rewritten";

/** Where the chain breaks first, and how. `seq` is the number of the first row that does not fit. */
export interface ChainBreak {
  readonly seq: number;
  readonly kind: BreakKind;
  readonly why: string;
}

export interface ChainReport {
  /** How many rows were read and fit. */
  readonly rows: number;
  /** Rows up to here were cut off, as the log itself tells; 0: none. */
  readonly anchorSeq: number;
  /** Hash of the last of them. */
  readonly anchorHash: string;
  /** The last row that fits; the anchor when there is none. */
  readonly headSeq: number;
  readonly headHash: string;
  readonly broken: ChainBreak | null;
}

const pageRows = 1_000;
const columns = [...formColumns, "form", "hash"].map((column) => `"${column}"`).join(", ");

/** Whether Pitwall itself made this cut: its seal is made under a key that the store does not hold. */
export type CutJudge = (cut: ToldCut) => boolean;

/**
 * Walks the audit log from its anchor to its end in one consistent cut, a thousand rows at a time, and stops at the first
 * row that does not fit. Whoever can write the whole file can write a chain that fits: only `vouched` heads tell then, and
 * `isOwnCut` whether it was Pitwall that took the oldest rows; without keys nobody can say that, and all cuts pass.
 * Throws when the file is no store.
 */
export function verifyAudit(
  file: string,
  vouched: readonly VouchedHead[],
  writtenDown: string | null,
  isOwnCut: CutJudge = () => true,
): ChainReport {
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: 5_000 });
  try {
    return db.transaction(() => walk(db, vouched, writtenDown, isOwnCut))();
  } finally {
    db.close();
  }
}

function walk(
  db: Database.Database,
  vouched: readonly VouchedHead[],
  writtenDown: string | null,
  isOwnCut: CutJudge,
): ChainReport {
  const chain = db.prepare(`SELECT * FROM "AuditChain" WHERE "id" = 1`).get() as
    | { headSeq: number; headHash: string; anchorSeq: number; anchorHash: string }
    | undefined;
  const state: Walked = { rows: 0, seq: chain?.anchorSeq ?? 0, hash: chain?.anchorHash ?? "", cut: "untold" };
  if (chain?.anchorSeq === 0) state.cut = "sealed";
  const report = (broken: ChainBreak | null): ChainReport => ({
    rows: state.rows,
    anchorSeq: chain?.anchorSeq ?? 0,
    anchorHash: chain?.anchorHash ?? "",
    headSeq: state.seq,
    headHash: state.hash,
    broken,
  });
  if (chain === undefined) return report({ seq: 1, kind: "missing", why: "the head of the log is gone" });
  const early = db.prepare(`SELECT MIN("id") FROM "Audit" WHERE "id" <= ?`).pluck().get(chain.anchorSeq) as
    | number
    | null;
  if (early !== null) return report({ seq: early, kind: "inserted", why: "it stands among rows that were cut off" });
  // Of two that differ about a row, the earlier one counts: the later may vouch for what was made anew meanwhile.
  const known = new Map(vouched.toReversed().map(({ seq, hash }) => [seq, hash]));
  const anchorBroken = disowned({ id: chain.anchorSeq, hash: chain.anchorHash }, known.get(chain.anchorSeq));
  if (anchorBroken !== null) return report(anchorBroken);
  let [found, newestVouched] = [writtenDown === null || writtenDown === state.hash, 0];
  for (const { seq } of vouched) newestVouched = Math.max(newestVouched, seq);
  for (const row of rowsAfter(db, state.seq)) {
    const wrong = breakAt(db, state, row) ?? disowned(row, known.get(row.id));
    if (wrong !== null) return report(wrong);
    Object.assign(state, { rows: state.rows + 1, seq: row.id, hash: row.hash });
    found ||= row.hash === writtenDown;
    const cut = row.command === cutCommand && row.outcome === "done" ? toldCutOf(row.after) : null;
    if (cut?.upTo !== chain.anchorSeq || cut.hash !== chain.anchorHash || state.cut === "sealed") continue;
    state.cut = isOwnCut(cut) ? "sealed" : "told";
  }
  return report(endOf(state, chain, newestVouched, found));
}

interface Walked {
  rows: number;
  seq: number;
  hash: string;
  /** What of the rows so far tells that those up to the anchor were cut off: nothing, a row, or one that Pitwall sealed. */
  cut: "untold" | "told" | "sealed";
}

function endOf(
  { seq, hash, cut }: Walked,
  chain: { readonly headSeq: number; readonly headHash: string; readonly anchorSeq: number },
  newestVouched: number,
  found: boolean,
): ChainBreak | null {
  const end = Math.max(chain.headSeq, newestVouched);
  if (seq < end) return { seq: seq + 1, kind: "cut-off", why: `rows up to ${end} were there; the log ends at ${seq}` };
  if (seq !== chain.headSeq || hash !== chain.headHash)
    return { seq: chain.headSeq + 1, kind: "inserted", why: "it was put behind the end of the log by other hands" };
  if (cut !== "sealed") {
    const why = cut === "told" ? "and what tells of it bears no seal of this installation" : "and no row tells why";
    return { seq: chain.anchorSeq, kind: "missing", why: `rows up to it are gone, ${why}` };
  }
  if (!found) {
    const where =
      chain.anchorSeq === 0 ? "" : `, unless it stood among the rows up to ${chain.anchorSeq}, which were cut off`;
    return { seq, kind: "rewritten", why: `the head that was written down is nowhere in the log${where}` };
  }
  return null;
}

/** The first thing that does not fit about a row; `null` when it follows the row before. */
function breakAt(db: Database.Database, before: { readonly seq: number; readonly hash: string }, row: ChainedRow) {
  const seq = before.seq + 1;
  if (row.id > seq)
    return { seq, kind: "missing", why: `rows ${seq} to ${row.id - 1} are gone` } as const satisfies ChainBreak;
  if (row.hash === null) return { seq, kind: "inserted", why: "it has no hash: other hands put it in" } as const;
  if (row.form !== newestForm)
    return { seq, kind: "changed", why: `form ${row.form} is not known to this version` } as const;
  if (fits(before.hash, row)) return null;
  const [next] = page(db, row.id, 1);
  if (next !== undefined && fits(before.hash, { ...next, id: row.id })) {
    if (next.hash !== null && fits(next.hash, { ...row, id: next.id }))
      return { seq, kind: "reordered", why: `it was row ${next.id}` } as const;
    return { seq, kind: "inserted", why: "without it, the rows before and after fit" } as const;
  }
  if (next !== undefined && fits(row.hash, { ...next, id: next.id + 1 }))
    return {
      seq,
      kind: "missing",
      why: "a row before it is gone, and those after it were given other numbers",
    } as const;
  const from = placeOf(db, row);
  if (from !== null) return { seq, kind: "reordered", why: `it was row ${from}` } as const;
  return { seq, kind: "changed", why: "it is not what its hash was made of" } as const;
}

/** The number that a row had when its hash was made: it fits behind another row. */
function placeOf(db: Database.Database, row: ChainedRow): number | null {
  const { anchorSeq, anchorHash } = db.prepare(`SELECT "anchorSeq", "anchorHash" FROM "AuditChain"`).get() as {
    anchorSeq: number;
    anchorHash: string;
  };
  if (fits(anchorHash, { ...row, id: anchorSeq + 1 })) return anchorSeq + 1;
  for (const { id, hash } of rowsAfter(db, anchorSeq)) {
    if (hash === null) continue;
    // The row before may itself have changed places with this one.
    for (const was of [id + 1, id]) if (was !== row.id && fits(hash, { ...row, id: was })) return was;
  }
  return null;
}

function disowned({ id, hash }: Pick<ChainedRow, "id" | "hash">, vouched: string | undefined): ChainBreak | null {
  if (vouched === undefined || vouched === hash) return null;
  return { seq: id, kind: "rewritten", why: "the chain up to it is another than the one that was vouched for" };
}

function fits(before: string, row: ChainedRow): boolean {
  return chainHash(before, row) === row.hash;
}

function* rowsAfter(db: Database.Database, seq: number): Generator<ChainedRow> {
  let last = seq;
  for (;;) {
    const rows = page(db, last, pageRows);
    yield* rows;
    last = rows.at(-1)?.id ?? last;
    if (rows.length < pageRows) return;
  }
}

function page(db: Database.Database, after: number, limit: number): ChainedRow[] {
  const next = db.prepare(`SELECT ${columns} FROM "Audit" WHERE "id" > ? ORDER BY "id" LIMIT ?`);
  return next.all(after, limit) as ChainedRow[];
}
