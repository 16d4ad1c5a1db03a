import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import Database from "better-sqlite3";
import { systemActor } from "#lib/access/actor.ts";
import { isSealedCut } from "#lib/access/audit-cut.ts";
import { type Keys, makeKey, openKeyring, readKeys, writeKeys } from "#lib/access/keyring.ts";
import { forgetKey, rotateKeys } from "#lib/access/rotate-keys.ts";
import { createAuditRetention } from "#lib/poller/audit-retention.ts";
import { createNotices } from "#lib/poller/notices.ts";
import { insertAudit } from "#lib/store/audit.ts";
import { verifyArchive } from "#lib/store/audit-archive.ts";
import { cutAudit, newestCut } from "#lib/store/audit-cut.ts";
import { type ChainReport, verifyAudit } from "#lib/store/audit-verify.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore } from "#lib/store/open-store.ts";

const dayMs = 86_400_000;
const at = Date.UTC(2026, 10, 20, 12);

let template: string;
before(async () => {
  template = join(await mkdtemp(join(tmpdir(), "pitwall-retention-")), "template.db");
  await migrateStore(template);
});
after(() => rm(dirname(template), { recursive: true, force: true }));

/** A log with a row of each of the last hundred days, of which forty are to be kept. */
async function opened(t: TestContext, perDay = 1) {
  const folder = await mkdtemp(join(tmpdir(), "pitwall-retention-"));
  const file = join(folder, "pitwall.db");
  copyFileSync(template, file);
  const store = await openStore({ file });
  t.after(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  const keysFile = join(folder, "keys");
  writeKeys(keysFile, [makeKey(at)]);
  const keys = (): Keys => {
    const read = readKeys(keysFile);
    assert.ok(read.ok);
    return read.value;
  };
  await store.write(async (writing) => {
    for (let i = 0; i < 100 * perDay; i += 1) {
      const told = { actor: systemActor("test"), command: "c", target: `row ${i + 1}` };
      await insertAudit(writing, { at: at - (100 - Math.floor(i / perDay)) * dayMs, ...told });
    }
  });
  const notices = createNotices();
  const time = { now: at };
  const archive = join(folder, "archive");
  const kept = { keepMs: 40 * dayMs, archiveFolder: null as string | null };
  const keyring = openKeyring(keysFile);
  const retention = createAuditRetention({ store, keyring, kept: () => kept, notices, now: () => time.now });
  const verify = (): ChainReport => verifyAudit(file, [], null, (cut) => isSealedCut(keys(), cut, cut.sealed));
  return { store, file, keysFile, keys, retention, verify, kept, archive, notices, time };
}

/** With a hand on the file that no trigger stops. */
function byHand(file: string, hand: (db: Database.Database) => void): void {
  const db = new Database(file);
  const triggers = db.prepare(`SELECT name FROM sqlite_master WHERE type = 'trigger'`).pluck().all() as string[];
  for (const name of triggers.filter((one) => one.startsWith("Audit"))) db.exec(`DROP TRIGGER "${name}"`);
  hand(db);
  db.close();
}

describe("the audit log's own retention", () => {
  it("cuts off what is older than is kept, tells it in the log, and what is left still fits", async (t) => {
    const { store, retention, verify } = await opened(t);
    await retention.step();
    const report = verify();
    assert.equal(report.broken, null);
    assert.deepEqual([report.anchorSeq, report.rows, report.headSeq], [60, 41, 101]);
    assert.partialDeepStrictEqual(newestCut(store.history), { upTo: 60, rows: 60, before: at - 40 * dayMs });
  });

  it("waits until a day's rows go together, and takes many in steps", async (t) => {
    const { retention, verify, time, kept } = await opened(t, 25);
    kept.keepMs = 20 * dayMs;
    await retention.step();
    assert.deepEqual([verify().anchorSeq, verify().broken], [1_000, null]);
    await retention.step();
    assert.deepEqual([verify().anchorSeq, verify().broken], [2_000, null]);
    await retention.step();
    time.now += dayMs - 1;
    await retention.step();
    assert.equal(verify().anchorSeq, 2_000);
    time.now += 2;
    await retention.step();
    assert.deepEqual([verify().anchorSeq, verify().broken], [2_050, null]);
  });

  it("writes rows to the archive before they go, from which they are verified up to the log's beginning", async (t) => {
    const { store, retention, kept, archive, verify } = await opened(t);
    const [fifth] = store.history.past.prepare(`SELECT "hash" FROM "Audit" WHERE "id" = 5`).pluck().all() as string[];
    kept.archiveFolder = archive;
    await retention.step();
    const { anchorSeq: upTo, anchorHash: hash } = verify();
    assert.deepEqual(verifyArchive(archive, { upTo, hash }, [], fifth ?? ""), {
      rows: 60,
      from: 1,
      broken: null,
      found: true,
    });
    const [file = ""] = await readdir(archive);
    const text = await readFile(join(archive, file), "utf8");
    await writeFile(join(archive, file), text.replace("row 7", "row 8"));
    assert.partialDeepStrictEqual(verifyArchive(archive, { upTo, hash }, [], null).broken, { seq: 7, kind: "changed" });
    await writeFile(join(archive, file), text.split("\n").slice(0, 59).join("\n"));
    assert.partialDeepStrictEqual(verifyArchive(archive, { upTo, hash }, [], null).broken, {
      seq: 60,
      kind: "missing",
    });
  });

  it("takes nothing while the archive cannot be written, and says so", async (t) => {
    const { retention, kept, archive, notices, verify } = await opened(t);
    kept.archiveFolder = join(archive, "x".repeat(300));
    await retention.step();
    assert.equal(verify().anchorSeq, 0);
    assert.deepEqual(
      notices.list().map(({ kind }) => kind),
      ["audit-archive"],
    );
    kept.archiveFolder = archive;
    await retention.step();
    assert.deepEqual([verify().anchorSeq, notices.list()], [60, []]);
  });
});

describe("a cut that Pitwall did not make", () => {
  it("is noticed, though it is told in the log as a cut is", async (t) => {
    const { store, verify, keys } = await opened(t);
    const { hash } = store.history.past.prepare(`SELECT "hash" FROM "Audit" WHERE "id" = 90`).get() as { hash: string };
    const cut = { upTo: 90, hash, rows: 90, before: at, archive: null };
    const own = keys().current;
    const others = makeKey(at);
    for (const sealed of ["", `${own.id} ${"0".repeat(64)}`, `${others.id} ${"0".repeat(64)}`]) {
      if (sealed === "") await store.write((writing) => cutAudit(writing, { ...cut, sealed }, at));
      else
        byHand(store.file, (db) =>
          db
            .prepare(`UPDATE "Audit" SET "after" = json_set("after", '$.sealed', ?) WHERE "command" = 'prune-audit'`)
            .run(sealed),
        );
      assert.equal(verify().broken?.kind, sealed === "" ? "missing" : "changed");
    }
  });

  it("does not pass under the seal of another", async (t) => {
    const { store, retention, verify } = await opened(t);
    await retention.step();
    const sealed = newestCut(store.history)?.sealed ?? "";
    const { hash } = store.history.past.prepare(`SELECT "hash" FROM "Audit" WHERE "id" = 90`).get() as { hash: string };
    const cut = { upTo: 90, hash, rows: 30, before: at, archive: null, sealed };
    await store.write((writing) => cutAudit(writing, cut, at));
    assert.partialDeepStrictEqual(verify().broken, { seq: 90, kind: "missing" });
  });
});

describe("the seal of a cut", () => {
  it("is made anew when keys are rotated, and keeps the old key from being forgotten before", async (t) => {
    const { store, keysFile, keys, retention, verify } = await opened(t);
    await retention.step();
    const old = keys().current.id;
    writeKeys(keysFile, [...keys().all, makeKey(at)]);
    assert.equal((await forgetKey(keysFile, store, old)).ok, false);
    assert.ok((await rotateKeys(keysFile, store, at)).ok);
    assert.ok((await forgetKey(keysFile, store, old)).ok);
    assert.equal(verify().broken, null);
    assert.deepEqual([verify().anchorSeq, newestCut(store.history)?.rows], [60, 0]);
  });
});
