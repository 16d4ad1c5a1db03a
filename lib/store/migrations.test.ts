import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { zstdCompressSync } from "node:zlib";
import Database from "better-sqlite3";
import { listPolls, prepareFold, storeFolds } from "#lib/store/history.ts";
import { migrateStore, schemaDrift } from "#lib/store/migrate.ts";
import { openStore } from "#lib/store/open-store.ts";
import { statesAt } from "#lib/store/time-travel.ts";

const folder = fileURLToPath(new URL("../../prisma/migrations/", import.meta.url));
const names = (await readdir(folder, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

/** A store as a Pitwall of before would have it: with the first `count` migrations, and with a row in every table. */
async function oldStore(t: TestContext, count: number): Promise<{ file: string; db: Database.Database }> {
  const place = await mkdtemp(join(tmpdir(), "pitwall-old-"));
  t.after(() => rm(place, { recursive: true, force: true }));
  const file = join(place, "pitwall.db");
  const db = new Database(file);
  db.pragma("foreign_keys = 0");
  db.exec(`CREATE TABLE "_prisma_migrations" ("id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL,
    "finished_at" DATETIME, "migration_name" TEXT NOT NULL, "logs" TEXT, "rolled_back_at" DATETIME,
    "started_at" DATETIME NOT NULL DEFAULT current_timestamp, "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`);
  const applied = db.prepare(`INSERT INTO "_prisma_migrations" VALUES (?, ?, ?, ?, NULL, NULL, ?, 1)`);
  for (const name of names.slice(0, count)) {
    const sql = await readFile(join(folder, name, "migration.sql"), "utf8");
    db.exec(sql);
    const checksum = createHash("sha256").update(sql).digest("hex");
    applied.run(name, checksum, Date.now(), name, Date.now());
  }
  return { file, db };
}

function tablesOf(db: Database.Database): string[] {
  const rows =
    db.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_prisma%' ESCAPE '\\'
    AND name NOT LIKE 'sqlite%'`);
  return rows.pluck().all() as string[];
}

/** A row of something in every column; tables that begin with one row keep it. */
function fill(db: Database.Database): void {
  for (const table of tablesOf(db)) {
    if (Number(db.prepare(`SELECT count(*) FROM "${table}"`).pluck().get()) > 0) continue;
    const columns = db.pragma(`table_info("${table}")`) as { name: string; type: string }[];
    const values = columns.map(({ type }, i) =>
      type === "TEXT" ? `t${i}` : type === "BLOB" ? Buffer.from([i]) : i + 1,
    );
    const marks = columns.map(() => "?").join(",");
    db.prepare(`INSERT INTO "${table}" VALUES (${marks})`).run(...values);
  }
}

describe("a store of an older Pitwall", () => {
  for (const [i, name] of names.entries()) {
    it(`as ${name} left it keeps every row and column`, async (t) => {
      const { file, db } = await oldStore(t, i + 1);
      fill(db);
      const rowsOf = (from: Database.Database) =>
        new Map(tablesOf(from).map((table) => [table, from.prepare(`SELECT * FROM "${table}"`).all()]));
      const before = rowsOf(db);
      db.close();
      assert.deepEqual(await migrateStore(file), names.slice(i + 1));
      assert.equal(await schemaDrift(file), "");
      const now = new Database(file, { readonly: true });
      const after = rowsOf(now);
      now.close();
      for (const [table, rows] of before) {
        for (const [n, row] of rows.entries()) {
          const kept = after.get(table)?.[n] as Record<string, unknown>;
          for (const [column, value] of Object.entries(row as object)) {
            assert.deepEqual(kept[column], value, `${table}.${column}`);
          }
        }
      }
    });
  }

  it("has its polls read, folded and shown as those of today", async (t) => {
    const { file, db } = await oldStore(t, 1);
    const at = Date.UTC(2026, 10, 19);
    const columns = `"id","kind","name","group","position","dependsOn","intervalMs","timeoutMs","rules","config","seq"`;
    db.prepare(`INSERT INTO "Service" (${columns}) VALUES ('a','http','A',NULL,0,'[]',10000,8000,'{}','{}',1)`).run();
    const poll = db.prepare(`INSERT INTO "Snapshot" VALUES ('a', ?, ?, 3, ?, ?)`);
    for (let i = 0; i < 100; i += 1) {
      const detail = i % 3 === 0 ? zstdCompressSync(JSON.stringify({ n: i })) : null;
      poll.run(at + i * 10_000, i === 99 ? "critical" : "ok", JSON.stringify({ "n||": i }), detail);
    }
    db.close();
    await migrateStore(file);
    const store = await openStore({ file });
    t.after(() => store.close());
    const all = { from: 0, to: at * 2, limit: 1_000 };
    const before = await store.read((r) => listPolls(r, "a", all));
    assert.deepEqual([before.length, before[99]?.status, before[99]?.detail], [100, "critical", { n: 99 }]);
    const fold = await store.read(async (r) => prepareFold(r, "a", at + 86_400_000));
    assert.ok(fold);
    await store.write((w) => storeFolds(w, [fold]));
    assert.deepEqual(await store.read((r) => listPolls(r, "a", all)), before);
    const [state] = await store.read((r) => statesAt(r, at + 600_000));
    assert.deepEqual([state?.status, state?.checkedAt, state?.detail], ["ok", at + 600_000, { n: 60 }]);
  });
});
