import assert from "node:assert/strict";
import { copyFileSync, existsSync, truncateSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import Database from "better-sqlite3";
import fc from "fast-check";
import { appendCheckpoint, readCheckpoints } from "#lib/access/audit-head.ts";
import { makeKey } from "#lib/access/keyring.ts";
import { appendAudit } from "#lib/store/audit.ts";
import { type ChainedRow, chainHash, formColumns, genesisHash } from "#lib/store/audit-chain.ts";
import { verifyAudit } from "#lib/store/audit-verify.ts";
import { migrateStore } from "#lib/store/migrate.ts";

const at = Date.UTC(2026, 10, 20, 12);
const rows = 12;
let folder: string;
let template: string;
let made = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "pitwall-chain-"));
  template = join(folder, "template.db");
  await migrateStore(template);
  const db = new Database(template);
  write(db, rows);
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
});
after(() => rm(folder, { recursive: true, force: true }));

function write(db: Database.Database, count: number): void {
  const actor = { kind: "person", name: "kim", from: "192.0.2.7" } as const;
  for (let i = 0; i < count; i += 1) {
    const entry = { at: at + i, actor, command: "cancel-run", target: `run ${i}`, after: { note: `“${i}” \u2028` } };
    appendAudit({ prepare: (sql) => db.prepare(sql), redact: (text) => text }, entry);
  }
}

/** A store of its own, with a hand on it that no trigger stops. */
function tampered(hand: (db: Database.Database) => void): string {
  const file = fresh();
  const db = new Database(file);
  const triggers = db.prepare(`SELECT name FROM sqlite_master WHERE type = 'trigger'`).pluck().all() as string[];
  for (const name of triggers.filter((one) => one.startsWith("Audit"))) db.exec(`DROP TRIGGER "${name}"`);
  hand(db);
  db.close();
  return file;
}

function fresh(): string {
  made += 1;
  const file = join(folder, `store-${made}.db`);
  copyFileSync(template, file);
  return file;
}

function broken(file: string): [string | undefined, number | undefined] {
  const { broken: found } = verifyAudit(file, [], null);
  return [found?.kind, found?.seq];
}

function all(db: Database.Database): ChainedRow[] {
  return db.prepare(`SELECT * FROM "Audit" ORDER BY "id"`).all() as ChainedRow[];
}

/** The chain made anew from the first row on, as whoever can write the whole file might. */
function rechain(db: Database.Database): void {
  let hash = genesisHash;
  for (const row of all(db)) {
    hash = chainHash(hash, row);
    db.prepare(`UPDATE "Audit" SET "hash" = ? WHERE "id" = ?`).run(hash, row.id);
  }
  const last = all(db).at(-1);
  db.prepare(`UPDATE "AuditChain" SET "headSeq" = ?, "headHash" = ?`).run(last?.id ?? 0, hash);
}

describe("the chain of the audit log", () => {
  it("fits as it was written", () => {
    const report = verifyAudit(fresh(), [], null);
    assert.equal(report.broken, null);
    assert.deepEqual([report.rows, report.headSeq], [rows, rows]);
  });

  it("names the row of which any column was changed", () => {
    const columns = formColumns.filter((column) => column !== "id");
    fc.assert(
      fc.property(fc.integer({ min: 1, max: rows }), fc.constantFrom(...columns, "hash"), (id, column) => {
        const file = tampered((db) => {
          const value = column === "hash" ? "f".repeat(64) : column === "at" || column === "times" ? 7 : "other";
          db.prepare(`UPDATE "Audit" SET "${column}" = ? WHERE "id" = ?`).run(value, id);
        });
        const { broken: found } = verifyAudit(file, [], null);
        // Of a hash, the row after it tells as well; the row itself is named.
        assert.deepEqual(found?.seq, id);
      }),
      { numRuns: 60 },
    );
  });

  it("names what was changed, taken, put in, moved and cut off", () => {
    const set = (sql: string, ...values: unknown[]) => tampered((db) => void db.prepare(sql).run(...values));
    assert.deepEqual(broken(set(`UPDATE "Audit" SET "actorName" = 'lee' WHERE "id" = 5`)), ["changed", 5]);
    assert.deepEqual(broken(set(`DELETE FROM "Audit" WHERE "id" IN (5, 6)`)), ["missing", 5]);
    assert.deepEqual(broken(set(`DELETE FROM "Audit" WHERE "id" = 1`)), ["missing", 1]);
    assert.deepEqual(broken(set(`UPDATE "Audit" SET "hash" = NULL WHERE "id" = 5`)), ["inserted", 5]);
    assert.deepEqual(broken(set(`DELETE FROM "Audit" WHERE "id" > 9`)), ["cut-off", 10]);
    assert.deepEqual(broken(set(`DELETE FROM "AuditChain"`)), ["missing", 1]);
    for (const [one, other] of [
      [3, 4],
      [2, 9],
      [1, rows],
    ] as const) {
      const swapped = tampered((db) => {
        const move = db.prepare(`UPDATE "Audit" SET "id" = ? WHERE "id" = ?`);
        for (const [to, from] of [
          [99, one],
          [one, other],
          [other, 99],
        ])
          move.run(to, from);
      });
      assert.deepEqual(broken(swapped), ["reordered", one]);
    }
  });

  it("sees through other numbers after a row was put in or taken", () => {
    const shift = (db: Database.Database, from: number, by: number) => {
      const ids = all(db)
        .map(({ id }) => id)
        .filter((id) => id >= from);
      for (const id of by > 0 ? ids.toReversed() : ids)
        db.prepare(`UPDATE "Audit" SET "id" = ? WHERE "id" = ?`).run(id + by, id);
    };
    const put = tampered((db) => {
      shift(db, 5, 1);
      const names = [...formColumns, "form", "hash"].filter((column) => column !== "id").map((name) => `"${name}"`);
      db.exec(`INSERT INTO "Audit" ("id", ${names}) SELECT 5, ${names} FROM "Audit" WHERE "id" = 8`);
    });
    assert.deepEqual(broken(put), ["inserted", 5]);
    const taken = tampered((db) => {
      db.exec(`DELETE FROM "Audit" WHERE "id" = 5`);
      shift(db, 6, -1);
    });
    assert.deepEqual(broken(taken), ["missing", 5]);
    const behind = tampered((db) => {
      const [last] = all(db).slice(-1);
      assert.ok(last !== undefined);
      write(db, 1);
      db.prepare(`UPDATE "AuditChain" SET "headSeq" = ?, "headHash" = ?`).run(last.id, last.hash);
    });
    assert.deepEqual(broken(behind), ["inserted", rows + 1]);
  });

  it("does not take a hidden beginning for pruning", () => {
    const hidden = tampered((db) => {
      db.exec(`UPDATE "AuditChain" SET "anchorSeq" = 4, "anchorHash" = (SELECT "hash" FROM "Audit" WHERE "id" = 4)`);
      db.exec(`DELETE FROM "Audit" WHERE "id" <= 4`);
    });
    assert.deepEqual(broken(hidden), ["missing", 4]);
  });

  it("is refused any change by the store itself", () => {
    const db = new Database(fresh());
    for (const sql of [
      `UPDATE "Audit" SET "actorName" = 'lee'`,
      `DELETE FROM "Audit" WHERE "id" = 1`,
      `INSERT INTO "Audit" ("id", "at", "actorKind", "actorName", "command", "target") VALUES (50, 1, 'person', 'x', 'y', 'z')`,
      `UPDATE "AuditChain" SET "headSeq" = 3`,
      `UPDATE "AuditChain" SET "anchorSeq" = 3`,
      `DELETE FROM "AuditChain"`,
    ]) {
      assert.throws(() => db.exec(sql), /audit log/, sql);
    }
    db.close();
  });
});

describe("a head that is vouched for outside the store", () => {
  const keys = (() => {
    const key = makeKey(at);
    return { current: key, all: [key] };
  })();

  function vouch(file: string): { readonly head: string; readonly seq: number; readonly hash: string } {
    const { headSeq: seq, headHash: hash } = verifyAudit(file, [], null);
    const head = `${file}-head`;
    appendCheckpoint(head, file, keys, { seq, hash, at });
    return { head, seq, hash };
  }

  it("betrays a log that was cut, or made anew with hashes that fit", () => {
    const { head, hash } = vouch(fresh());
    const { good } = readCheckpoints(head, keys);
    const cut = tampered((db) => {
      db.exec(`DELETE FROM "Audit" WHERE "id" > 9`);
      rechain(db);
    });
    assert.equal(verifyAudit(cut, [], null).broken, null);
    assert.deepEqual(verifyAudit(cut, good, null).broken?.kind, "cut-off");
    const anew = tampered((db) => {
      db.exec(`UPDATE "Audit" SET "actorName" = 'lee' WHERE "id" = 3`);
      rechain(db);
    });
    assert.equal(verifyAudit(anew, [], null).broken, null);
    assert.deepEqual(verifyAudit(anew, good, null).broken?.kind, "rewritten");
    assert.deepEqual(verifyAudit(anew, [], hash).broken?.kind, "rewritten");
    assert.equal(verifyAudit(fresh(), good, hash).broken, null);
  });

  it("cannot be made without the key", async () => {
    const { head } = vouch(fresh());
    const text = await readFile(head, "utf8");
    await writeFile(head, text.replace(/^head1 \d+/, "head1 3"));
    assert.deepEqual(readCheckpoints(head, keys), { good: [], forged: [1], unknown: 0 });
    await writeFile(head, `${text}whatever\n${text}`);
    const read = readCheckpoints(head, keys);
    assert.deepEqual([read.good.length, read.forged], [2, [2]]);
    const others = makeKey(at);
    assert.equal(readCheckpoints(head, { current: others, all: [others] }).unknown, 2);
  });

  it("counts for nothing when a crash cut its line", () => {
    const { head } = vouch(fresh());
    assert.ok(existsSync(head));
    truncateSync(head, 40);
    assert.deepEqual(readCheckpoints(head, keys), { good: [], forged: [], unknown: 0 });
  });
});
