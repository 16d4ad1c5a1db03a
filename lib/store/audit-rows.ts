import { type ChainedRow, chainHash } from "#lib/store/audit-chain.ts";
import type { History } from "#lib/store/writing.ts";

/** Which rows of the audit log; what is left out or empty does not matter. Times are epoch milliseconds. */
export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly command?: string | undefined;
  /** A target or a service's id. */
  readonly target?: string | undefined;
  readonly outcome?: string | undefined;
  readonly runId?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Rows older than the number `before`, newest first. */
export function auditRowsBefore(
  { past }: Pick<History, "past">,
  filter: AuditFilter,
  before: number,
  limit: number,
): ChainedRow[] {
  const { actor, command, target, outcome, runId, from, to } = filter;
  const parts: [string, readonly (string | number)[]][] = [[`"id" < ?`, [before]]];
  if (actor) parts.push([`"actorName" = ?`, [actor]]);
  if (command) parts.push([`"command" = ?`, [command]]);
  if (target) parts.push([`("target" = ? OR "serviceId" = ?)`, [target, target]]);
  if (outcome) parts.push([`"outcome" = ?`, [outcome]]);
  if (runId) parts.push([`"runId" = ?`, [runId]]);
  if (from !== undefined) parts.push([`"at" >= ?`, [from]]);
  if (to !== undefined) parts.push([`"at" <= ?`, [to]]);
  const where = parts.map(([sql]) => sql).join(" AND ");
  const sql = `SELECT * FROM "Audit" WHERE ${where} ORDER BY "id" DESC LIMIT ?`;
  return past.prepare(sql).all(...parts.flatMap(([, values]) => values), limit) as ChainedRow[];
}

export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
  /** Number of the oldest row from which on to the end all fit; `null` when one of the newest does not. */
  readonly fitsFrom: number | null;
  /** Rows up to here were cut off; 0: none. */
  readonly cutUpTo: number;
}

/** The end of the log, after looking whether its newest `most` rows fit. The whole walk is `verifyAudit`. */
export function auditHead({ past }: Pick<History, "past">, most: number): AuditHead {
  const chain = past.prepare(`SELECT "headSeq", "headHash", "anchorSeq", "anchorHash" FROM "AuditChain"`).get() as
    | { headSeq: number; headHash: string; anchorSeq: number; anchorHash: string }
    | undefined;
  if (chain === undefined) return { seq: 0, hash: "", fitsFrom: null, cutUpTo: 0 };
  const { headSeq: seq, headHash: hash, anchorSeq, anchorHash } = chain;
  const newest = past.prepare(`SELECT * FROM "Audit" WHERE "id" > ? ORDER BY "id" DESC LIMIT ?`);
  const rows = (newest.all(anchorSeq, most + 1) as ChainedRow[]).reverse();
  const whole = rows.length <= most;
  const [first, ...rest] = rows;
  let before = whole ? { id: anchorSeq, hash: anchorHash } : { id: first?.id ?? 0, hash: first?.hash ?? "" };
  const fitsFrom = before.id + 1;
  for (const row of whole ? rows : rest) {
    if (row.id !== before.id + 1 || row.hash === null || chainHash(before.hash, row) !== row.hash)
      return { seq, hash, fitsFrom: null, cutUpTo: anchorSeq };
    before = { id: row.id, hash: row.hash };
  }
  return { seq, hash, fitsFrom: before.id === seq && before.hash === hash ? fitsFrom : null, cutUpTo: anchorSeq };
}

/** Every command that stands in the log, by name: a jump in the index for each. */
export function auditCommands({ past }: Pick<History, "past">): string[] {
  const sql = `WITH RECURSIVE "found"("name") AS (
    SELECT MIN("command") FROM "Audit"
    UNION ALL SELECT (SELECT MIN("command") FROM "Audit" WHERE "command" > "name") FROM "found" WHERE "name" IS NOT NULL)
    SELECT "name" FROM "found" WHERE "name" IS NOT NULL LIMIT 500`;
  return (past.prepare(sql).all() as { readonly name: string }[]).map(({ name }) => name);
}
