import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import Database from "better-sqlite3";
import { systemActor } from "#lib/access/actor.ts";
import { auditHeadFile, readCheckpoints } from "#lib/access/audit-head.ts";
import { makeKey, openKeyring, readKeys, writeKeys } from "#lib/access/keyring.ts";
import { createAuditKeeper } from "#lib/poller/audit-keeper.ts";
import { createNotices } from "#lib/poller/notices.ts";
import { insertAudit } from "#lib/store/audit.ts";
import { verifyAudit } from "#lib/store/audit-verify.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore } from "#lib/store/open-store.ts";

const at = Date.UTC(2026, 10, 20, 12);

async function opened(t: TestContext) {
  const dataFolder = await mkdtemp(join(tmpdir(), "pitwall-head-"));
  const file = join(dataFolder, "pitwall.db");
  await migrateStore(file);
  const store = await openStore({ file });
  t.after(async () => {
    await store.close();
    await rm(dataFolder, { recursive: true, force: true });
  });
  const keysFile = join(dataFolder, "keys");
  writeKeys(keysFile, [makeKey(at)]);
  const keyring = openKeyring(keysFile);
  const keys = readKeys(keysFile);
  assert.ok(keys.ok);
  const time = { now: at };
  const notices = createNotices();
  const keeper = () => createAuditKeeper({ store, keyring, dataFolder, notices, now: () => time.now });
  const tell = async (count: number) => {
    const entry = { at, actor: systemActor("test"), command: "c", target: "t" };
    await store.write(async (writing) => {
      for (let i = 0; i < count; i += 1) await insertAudit(writing, entry);
    });
  };
  const vouched = () => readCheckpoints(auditHeadFile(dataFolder), keys.value).good;
  return { store, keeper, tell, vouched, time, notices };
}

describe("the end of the audit log", () => {
  it("is vouched for at the start, each minute, after many rows, and at the stop", async (t) => {
    const { store, keeper, tell, vouched, time } = await opened(t);
    await tell(1);
    const kept = keeper();
    kept.begin();
    await tell(1);
    kept.step();
    assert.deepEqual(
      vouched().map(({ seq }) => seq),
      [1],
    );
    time.now += 60_000;
    kept.step();
    await tell(64);
    kept.step();
    await tell(1);
    kept.end();
    assert.deepEqual(
      vouched().map(({ seq }) => seq),
      [1, 2, 66, 67],
    );
    assert.equal(verifyAudit(store.file, vouched(), null).broken, null);
  });

  it("is missed at the next start when it was cut off meanwhile", async (t) => {
    const { store, keeper, tell, vouched, notices } = await opened(t);
    await tell(5);
    keeper().begin();
    const db = new Database(store.file);
    for (const name of ["Audit_no_delete", "AuditChain_head"]) db.exec(`DROP TRIGGER "${name}"`);
    db.exec(`DELETE FROM "Audit" WHERE "id" > 3`);
    db.exec(`UPDATE "AuditChain" SET "headSeq" = 3, "headHash" = (SELECT "hash" FROM "Audit" WHERE "id" = 3)`);
    db.close();
    keeper().begin();
    assert.deepEqual(
      notices.list().map(({ kind }) => kind),
      ["audit"],
    );
    assert.equal(verifyAudit(store.file, vouched(), null).broken?.kind, "cut-off");
  });
});
