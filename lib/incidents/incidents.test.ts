import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import { emptyStore } from "#e2e/empty-store.ts";
import { person } from "#e2e/people.ts";
import { revokeSnapshot } from "#lib/commands/revoke-snapshot.ts";
import { shareSnapshot } from "#lib/commands/share-snapshot.ts";
import { withheld, withholdPrivate } from "#lib/core/redaction.ts";
import { canonicalJson } from "#lib/incidents/canonical-json.ts";
import { listAudit } from "#lib/store/audit.ts";
import { writeBeat } from "#lib/store/beat.ts";
import { insertEvents } from "#lib/store/events.ts";
import { emptyExpiredSnapshots } from "#lib/store/incident-snapshots.ts";
import { appendLines } from "#lib/store/journal-lines.ts";
import type { Store } from "#lib/store/open-store.ts";
import { insertRun } from "#lib/store/runs.ts";
import { applyServices } from "#lib/store/services.ts";
import { emptyState, writeStates } from "#lib/store/states.ts";
import { sharedSnapshotView } from "#lib/views/shared-snapshot-view.ts";
import { snapshotsView } from "#lib/views/snapshots-view.ts";

const actor = person("ann");
const now = Date.UTC(2026, 10, 20, 12);
const day = 86_400_000;

/** A store with a service in trouble, whose detail and run hold what no stranger must see. */
async function troubledStore(t: TestContext): Promise<Store> {
  const store = await emptyStore(t);
  await store.write(async (w) => {
    const service = { kind: "postgres", group: null, position: 0, dependsOn: [], intervalMs: 5_000, timeoutMs: 1_000 };
    await applyServices(w, [{ id: "pg", name: "Main", rules: {}, config: { password: "env:PW" }, ...service }], now);
    await writeStates(w, [
      {
        ...emptyState("pg"),
        status: "critical",
        since: now - 60_000,
        checkedAt: now,
        summary: "1 of 2 nodes",
        findings: [{ rule: "down", severity: "critical", node: "pg-1", message: "pg-1: refused, password=swordfish" }],
        detail: {
          nodes: [{ name: "pg-1", address: "10.0.0.5:5432", queryText: "select 'private'", client: "192.0.2.7" }],
          said: "could not connect to postgres://bob:hunter22@10.0.0.5/main?sslkey=private",
        },
        detailAt: now,
      },
    ]);
    await insertEvents(w, [
      { at: now - 60_000, kind: "status", serviceId: "pg", from: "ok", to: "critical", text: "Main is critical" },
      { at: now - 7 * 3_600_000, kind: "status", serviceId: "pg", text: "long ago" },
    ]);
    await insertRun(w, {
      id: "r1",
      serviceId: "pg",
      serviceName: "Main",
      action: "restart",
      title: "Restart",
      risk: "medium",
      params: {},
      mode: "run",
      reason: null,
      actor,
      idempotencyKey: "k",
      bodyHash: "h",
      state: "failed-clean",
      verdict: "Failed",
      plan: null,
      node: "pg-1",
      symptoms: [],
      checks: [],
      steps: [],
      verification: null,
      requestedAt: now - 30_000,
      startedAt: null,
      finishedAt: now - 20_000,
      confirmedBy: null,
      confirmedAt: null,
      cancelRequested: false,
    });
    await appendLines(w, "r1", [
      { seq: 1, at: now, kind: "state", node: null, text: "running" },
      { seq: 2, at: now, kind: "output", node: null, text: "private output" },
    ]);
    await writeBeat(w, { beatAt: now, startedAt: now, pid: 1, notices: [] });
  });
  return store;
}

async function share(store: Store, body: unknown = {}) {
  const made = await shareSnapshot(store, actor, { body }, now);
  if (!made.ok) assert.fail(made.error.detail);
  return { ...made.value, secret: made.value.path.replace("/s/", "") };
}

describe("a shared snapshot", () => {
  it("shows what the board showed then, whatever happens after", async (t) => {
    const store = await troubledStore(t);
    const { secret } = await share(store, { title: "Main is down", note: "called Bob" });
    await store.write(async (w) => {
      await writeStates(w, [{ ...emptyState("pg"), status: "ok", since: now + 1, checkedAt: now + 1 }]);
    });
    const seen = await sharedSnapshotView(store, secret, now + day);
    if (!seen.ok) assert.fail(seen.error.detail);
    const { frozen } = seen.value;
    assert.deepEqual(
      [frozen.title, frozen.note, frozen.frozenAt, frozen.createdBy],
      ["Main is down", "called Bob", now, "ann"],
    );
    assert.equal(frozen.board.services[0]?.status, "critical");
    assert.equal(frozen.board.verdict.status, "critical");
    assert.deepEqual(
      frozen.timeline.map((event) => event.text),
      ["Main is critical"],
    );
    assert.equal(frozen.runs[0]?.verdict, "Failed");
  });

  it("holds nothing that users typed and no secret: snapshot of secret-laden output contains none", async (t) => {
    const store = await troubledStore(t);
    const { secret } = await share(store);
    const seen = await sharedSnapshotView(store, secret, now);
    const text = JSON.stringify(seen);
    for (const word of ["private", "hunter22", "swordfish", "192.0.2.7"]) assert.ok(!text.includes(word), word);
    assert.ok(text.includes("10.0.0.5:5432"), "where it happened stays");
    assert.ok(text.includes(`1 line of output ${withheld}`));
  });

  it("is found by its whole secret alone, and the store does not know that secret", async (t) => {
    const store = await troubledStore(t);
    const { secret, id, sha256 } = await share(store);
    assert.equal(Buffer.from(secret, "base64url").length, 32);
    const file = await store.read((r) => r.db.incidentSnapshot.findMany());
    assert.ok(!JSON.stringify(file.map((row) => ({ ...row, body: "" }))).includes(secret));
    for (const wrong of ["", "key", ":secret", id, sha256, secret.slice(0, -1), `${secret}A`, secret.toLowerCase()]) {
      const seen = await sharedSnapshotView(store, wrong, now);
      assert.ok(!seen.ok && seen.error.code === "not-found", wrong);
    }
  });

  it("is gone when it expires and when it is taken back, content and all: expired link leaves no image", async (t) => {
    const store = await troubledStore(t);
    const short = await share(store, { expiresInMs: 60_000 });
    const late = await sharedSnapshotView(store, short.secret, now + 60_000);
    assert.ok(!late.ok && late.error.code === "gone");
    // Pictures are drawn from the sealed body alone: when that is emptied, nothing is left to draw one of.
    await store.write((w) => emptyExpiredSnapshots(w, now + 60_001));
    const emptied = await store.read((r) => r.db.incidentSnapshot.findUnique({ where: { id: short.id } }));
    assert.equal(emptied?.body.length, 0);
    const taken = await share(store);
    assert.ok((await revokeSnapshot(store, actor, { id: taken.id }, now + 1)).ok);
    assert.ok((await revokeSnapshot(store, actor, { id: taken.id }, now + 2)).ok);
    const after = await sharedSnapshotView(store, taken.secret, now + 2);
    assert.ok(!after.ok && after.error.code === "gone");
    const row = await store.read((r) => r.db.incidentSnapshot.findUnique({ where: { id: taken.id } }));
    assert.equal(row?.body.length, 0);
    const nobody = await revokeSnapshot(store, actor, { id: "nobody" }, now);
    assert.ok(!nobody.ok && nobody.error.code === "not-found");
    const list = await snapshotsView(store, person("local"));
    assert.equal(list.find((one) => one.id === taken.id)?.revokedAt, now + 1);
    // The first is the refused one.
    const commands = (await store.read((r) => listAudit(r, 10))).map((entry) => entry.command);
    assert.deepEqual(commands, ["revoke-snapshot", "revoke-snapshot", "share-snapshot", "share-snapshot"]);
  });

  it("is not shown when its content is not what was sealed", async (t) => {
    const store = await troubledStore(t);
    const { secret, id } = await share(store);
    const other = await share(store, { title: "another" });
    const forged = await store.read((r) => r.db.incidentSnapshot.findUniqueOrThrow({ where: { id: other.id } }));
    await store.write((w) => w.db.incidentSnapshot.update({ where: { id }, data: { body: forged.body } }));
    const seen = await sharedSnapshotView(store, secret, now);
    assert.ok(!seen.ok && /does not match its seal/.test(seen.error.detail));
  });

  it("is refused for a request that is not understood", async (t) => {
    const store = await troubledStore(t);
    for (const body of [
      null,
      { expiresInMs: 1 },
      { expiresInMs: 91 * day },
      { unknown: 1 },
      { title: "x".repeat(201) },
    ]) {
      const made = await shareSnapshot(store, actor, { body }, now);
      assert.ok(!made.ok && made.error.code === "invalid-request");
    }
  });
});

describe("canonical JSON", () => {
  it("is one text for one value, in whatever order its keys came, and reads back as that value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
        assert.equal(canonicalJson(reversed(value)), text);
      }),
    );
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}

describe("redaction", () => {
  it("takes logins, tokens and what users searched for out of any text, and leaves the rest", () => {
    const clean = (text: string) => withholdPrivate(text);
    assert.equal(clean("GET /search?q=divorce+lawyer&page=2"), `GET /search?q=${withheld}&page=${withheld}`);
    assert.equal(clean("http://bob:pass@10.0.0.1/x"), `http://${withheld}@10.0.0.1/x`);
    assert.equal(clean("Authorization: Bearer abcdefghijkl"), `Authorization: Bearer ${withheld}`);
    assert.equal(clean('password = "hunter22"'), `password = ${withheld}`);
    assert.equal(clean("web-01: 21 requests queued (limit 10)"), "web-01: 21 requests queued (limit 10)");
  });

  it("keeps shape and numbers, and is the same when done twice", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const once = withholdPrivate(value);
        assert.deepEqual(withholdPrivate(once), once);
      }),
    );
    assert.deepEqual(withholdPrivate({ n: 1, ok: true, none: null, queryText: null }), {
      n: 1,
      ok: true,
      none: null,
      queryText: null,
    });
  });
});
