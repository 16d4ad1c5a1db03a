import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { person } from "#e2e/people.ts";
import { systemActor } from "#lib/access/actor.ts";
import { usualSettings } from "#lib/access/identity/settings.ts";
import { proofRefusal } from "#lib/commands/proof-refusal.ts";
import { writeAccessSettings } from "#lib/store/access-settings.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore } from "#lib/store/open-store.ts";

const minute = 60_000;

test("a run of high risk asks a person for a fresh proof, and only a person, and only then", async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), "pitwall-proof-"));
  const file = path.join(folder, "pitwall.db");
  await migrateStore(file);
  const store = await openStore({ file });
  t.after(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  const now = Date.now();
  const proved = (agoMs: number | null) => ({ ...person("ann"), provedAt: agoMs === null ? null : now - agoMs });
  const refusedFor = async (actor: Parameters<typeof proofRefusal>[1], risk: Parameters<typeof proofRefusal>[2]) =>
    (await store.read((reading) => proofRefusal(reading, actor, risk, now)))?.code;
  for (const risk of ["none", "low", "medium"] as const) assert.equal(await refusedFor(proved(null), risk), undefined);
  for (const risk of ["high", "critical"] as const) {
    assert.equal(await refusedFor(proved(9 * minute), risk), undefined);
    assert.equal(await refusedFor(proved(11 * minute), risk), "reauthentication-needed");
    assert.equal(await refusedFor(proved(null), risk), "reauthentication-needed");
    assert.equal(await refusedFor({ ...proved(null), kind: "token" }, risk), undefined);
    assert.equal(await refusedFor(systemActor("automation"), risk), undefined);
  }
  await store.write((writing) => writeAccessSettings(writing, { ...usualSettings, freshMs: minute }, now));
  assert.equal(await refusedFor(proved(2 * minute), "high"), "reauthentication-needed", "as pitwall.yaml says");
});
