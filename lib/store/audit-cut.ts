import { systemActor } from "#lib/access/actor.ts";
import { insertAudit } from "#lib/store/audit.ts";
import type { ChainedRow } from "#lib/store/audit-chain.ts";
import type { History, Writing } from "#lib/store/writing.ts";

/** The audit log's word for a cut. A trigger lets the anchor move only right after a row of this command. */
export const cutCommand = "prune-audit";

/** Where the oldest rows were cut off: the number and the hash of the last one that went. */
export interface AuditCut {
  readonly upTo: number;
  /** In hex. */
  readonly hash: string;
}

/** What the row of a cut tells: what is gone, why, and that it was Pitwall who took it. */
export interface ToldCut extends AuditCut {
  /** How many rows went with it. */
  readonly rows: number;
  /** Rows of before this went; epoch milliseconds. */
  readonly before: number;
  /** The file they were written to; `null`: none. */
  readonly archive: string | null;
  /** `sealCut`. */
  readonly sealed: string;
}

/** The oldest rows of before `before`, `most` at most, in their order; never the newest row of all. */
export function rowsToCut({ past }: Pick<History, "past">, before: number, most: number): ChainedRow[] {
  const sql = `SELECT * FROM "Audit" WHERE "id" < (SELECT "headSeq" FROM "AuditChain") ORDER BY "id" LIMIT ?`;
  const oldest = past.prepare(sql).all(most) as ChainedRow[];
  const stays = oldest.findIndex(({ at }) => at >= before);
  return stays === -1 ? oldest : oldest.slice(0, stays);
}

/** When the oldest row was written, in epoch milliseconds; `null` when there is none. */
export function oldestAuditAt({ past }: Pick<History, "past">): number | null {
  const found = past.prepare(`SELECT "at" FROM "Audit" ORDER BY "id" LIMIT 1`).get() as { at: number } | undefined;
  return found?.at ?? null;
}

/** Tells the cut in the log, moves the anchor to it, and takes the rows up to it away: all in the open transaction. */
export async function cutAudit(writing: Writing, cut: ToldCut, now: number): Promise<void> {
  await tellCut(writing, cut, now);
  const { upTo, hash } = cut;
  writing.prepare(`UPDATE "AuditChain" SET "anchorSeq" = ?, "anchorHash" = ? WHERE "id" = 1`).run(upTo, hash);
  writing.prepare(`DELETE FROM "Audit" WHERE "id" <= ?`).run(upTo);
}

/** The row alone: of a cut, or of one of before that is sealed under another key now. */
export async function tellCut(writing: Writing, cut: ToldCut, now: number): Promise<void> {
  const told = { at: now, actor: systemActor("retention"), command: cutCommand, target: "audit log", after: cut };
  await insertAudit(writing, told);
}

/** The newest row of a cut, as far as it is one of ours; `null` when nothing was cut. */
export function newestCut({ past }: Pick<History, "past">): ToldCut | null {
  const sql = `SELECT "after" FROM "Audit" WHERE "command" = ? ORDER BY "id" DESC LIMIT 1`;
  const found = past.prepare(sql).get(cutCommand) as { readonly after: string | null } | undefined;
  return found === undefined ? null : toldCutOf(found.after);
}

/** What a row's `after` tells; `null` when it is no cut. */
export function toldCutOf(after: string | null): ToldCut | null {
  try {
    const told = JSON.parse(after ?? "null") as Partial<ToldCut> | null;
    const { upTo, hash, rows = 0, before = 0, archive = null, sealed = "" } = told ?? {};
    if (typeof upTo !== "number" || typeof hash !== "string") return null;
    return { upTo, hash, rows, before, archive, sealed: String(sealed) };
  } catch {
    return null;
  }
}
