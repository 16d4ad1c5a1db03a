import Database from "better-sqlite3";
import { appendAudit } from "#lib/store/audit.ts";
import { type ChainedRow, chainHash, formColumns, genesisHash } from "#lib/store/audit-chain.ts";

/**
 * Chains the audit rows of a store from before there was a chain, once, in one transaction, and says so in the log: what
 * happened to them before nobody can prove. Where a chain has begun it changes nothing: a row without a hash is then one
 * that was put in by other hands, and stays what it is, for `audit verify` to find. Returns how many were chained.
 */
export function beginAuditChain(file: string, now: number): number {
  const db = new Database(file, { fileMustExist: true, timeout: 5_000 });
  try {
    if (!hasEarlierRows(db)) return 0;
    return db.transaction(() => (hasEarlierRows(db) ? chainAll(db, now) : 0)).immediate();
  } finally {
    db.close();
  }
}

function hasEarlierRows(db: Database.Database): boolean {
  const head = db.prepare(`SELECT "headSeq", "headHash" FROM "AuditChain" WHERE "id" = 1`).get() as
    | { readonly headSeq: number; readonly headHash: string }
    | undefined;
  if (head?.headSeq !== 0 || head.headHash !== genesisHash) return false;
  const first = db.prepare(`SELECT "hash" FROM "Audit" ORDER BY "id" LIMIT 1`).get() as
    | { readonly hash: string | null }
    | undefined;
  return first !== undefined && first.hash === null;
}

function chainAll(db: Database.Database, now: number): number {
  const columns = [...formColumns, "form", "hash"].map((column) => `"${column}"`).join(", ");
  const next = db.prepare(`SELECT ${columns} FROM "Audit" WHERE "id" > ? ORDER BY "id" LIMIT 1000`);
  const give = db.prepare(`UPDATE "Audit" SET "hash" = ? WHERE "id" = ?`);
  let [seq, hash, count] = [0, genesisHash, 0];
  for (;;) {
    const rows = next.all(seq) as ChainedRow[];
    for (const row of rows) {
      hash = chainHash(hash, row);
      give.run(hash, row.id);
      seq = row.id;
    }
    count += rows.length;
    if (rows.length === 0) break;
  }
  db.prepare(`UPDATE "AuditChain" SET "headSeq" = ?, "headHash" = ? WHERE "id" = 1`).run(seq, hash);
  const actor = { kind: "system", name: "store", from: null } as const;
  const after = { rows: count, upTo: seq, hash };
  const told = { at: now, actor, command: "chain-audit", target: "audit log", after };
  appendAudit({ prepare: (sql) => db.prepare(sql), redact: (text) => text }, told);
  return count;
}
