import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type Database from "better-sqlite3";
import { memoryOf } from "#lib/core/state.ts";
import { insertAudit, listAudit } from "#lib/store/audit.ts";
import { readBeat, writeBeat } from "#lib/store/beat.ts";
import { connect, ours } from "#lib/store/connection.ts";
import { insertEvents, listEvents, listIncidentEvents } from "#lib/store/events.ts";
import { deletePolls, insertPolls, listPolls } from "#lib/store/history.ts";
import { appendLines, listLines, nextLineSeq } from "#lib/store/journal-lines.ts";
import { listLocks, releaseLocks, takeLocks } from "#lib/store/locks.ts";
import { migrateStore, schemaDrift } from "#lib/store/migrate.ts";
import { lastSeq, openStore, type Store } from "#lib/store/open-store.ts";
import { findRun, insertRun, type NewRun, openRuns, patchRun } from "#lib/store/runs.ts";
import { applyServices, changedServices, listServices, type ServiceRow } from "#lib/store/services.ts";
import { findState, listStates, type StateRow, writeStates } from "#lib/store/states.ts";
import { storeTroubleOf } from "#lib/store/store-trouble.ts";
import { RecentTrend, unpackTrend } from "#lib/store/trend.ts";

const now = Date.UTC(2026, 10, 20, 12);

async function freshFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "pitwall-store-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "pitwall.db");
  await migrateStore(file);
  return file;
}

async function freshStore(t: TestContext, maxPages?: number): Promise<Store> {
  const store = await openStore({ file: await freshFile(t), ...(maxPages === undefined ? {} : { maxPages }) });
  t.after(() => store.close());
  return store;
}

function service(id: string, more: Partial<ServiceRow> = {}): ServiceRow {
  return {
    id,
    kind: "http",
    name: id.toUpperCase(),
    group: null,
    position: 0,
    dependsOn: [],
    intervalMs: 1_000,
    timeoutMs: 1_000,
    rules: {},
    config: { url: "http://127.0.0.1/", password: "env:PW" },
    ...more,
  };
}

function state(serviceId: string, more: Partial<StateRow> = {}): StateRow {
  return {
    serviceId,
    status: "ok",
    since: now - 5_000,
    checkedAt: now,
    summary: "200 in 3 ms",
    findings: [],
    failure: null,
    memory: memoryOf("ok", now - 5_000),
    ruleMemory: {},
    detail: { code: 200 },
    detailAt: now,
    trend: RecentTrend.from({ at: [now], status: ["ok"], series: { "total||": [3.5] } }),
    actions: [],
    ...more,
  };
}

function run(id: string, more: Partial<NewRun> = {}): NewRun {
  return {
    id,
    serviceId: "a",
    serviceName: "A",
    action: "restart",
    title: "Restart",
    risk: "medium",
    params: { host: "web-01" },
    mode: "run",
    reason: null,
    actor: { kind: "person", id: "id-of-ann", name: "ann", from: "127.0.0.1" },
    idempotencyKey: `key-${id}`,
    bodyHash: "h",
    state: "requested",
    verdict: null,
    plan: null,
    node: null,
    symptoms: [],
    checks: [],
    steps: [],
    verification: null,
    requestedAt: now,
    startedAt: null,
    finishedAt: null,
    confirmedBy: null,
    confirmedAt: null,
    cancelRequested: false,
    ...more,
  };
}

describe("migrations", () => {
  it("bring an empty file to exactly what the schema says", async (t) => {
    assert.equal(await schemaDrift(await freshFile(t)), "");
  });

  it("are applied once, and a second start finds nothing to do", async (t) => {
    const file = await freshFile(t);
    assert.deepEqual(await migrateStore(file), []);
  });

  it("do not lock out a process that restarts while the other one reads", async (t) => {
    const file = await freshFile(t);
    const other = await openStore({ file });
    t.after(() => other.close());
    await other.read(async (reading) => {
      await listStates(reading);
      assert.deepEqual(await migrateStore(file), []);
    });
  });

  it("wait for each other when two processes start at the same time", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "pitwall-store-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, "pitwall.db");
    const applied = await Promise.allSettled([migrateStore(file), migrateStore(file)]);
    assert.ok(applied.some((one) => one.status === "fulfilled"));
    assert.equal(await schemaDrift(file), "");
  });
});

describe("the store", () => {
  it("keeps every row over a restart", async (t) => {
    const file = await freshFile(t);
    const first = await openStore({ file });
    await first.write(async (w) => {
      await applyServices(w, [service("a", { dependsOn: ["b"] }), service("b", { position: 1 })], now);
      await writeStates(w, [state("a", { findings: [{ rule: "r", severity: "warning", message: "m" }] })]);
      await insertPolls(w, [
        { serviceId: "a", at: now, status: "ok", durationMs: 3, metrics: { x: 1 }, detail: { k: 1 }, said: null },
      ]);
      await insertEvents(w, [{ at: now, kind: "status", text: "A is ok", serviceId: "a", from: "unknown", to: "ok" }]);
      await insertRun(w, run("r1"));
      await appendLines(w, "r1", [{ seq: 1, at: now, kind: "state", node: null, text: "requested" }]);
      await writeBeat(w, { beatAt: now, startedAt: now, pid: 1, notices: [] });
      await insertAudit(w, { at: now, actor: { kind: "system", name: "s", from: null }, command: "c", target: "t" });
    });
    await first.close();

    const store = await openStore({ file });
    t.after(() => store.close());
    await store.read(async (r) => {
      assert.deepEqual(
        (await listServices(r)).map((one) => [one.id, one.dependsOn]),
        [
          ["a", ["b"]],
          ["b", []],
        ],
      );
      const { seq, ...kept } = (await findState(r, "a")) ?? assert.fail();
      assert.equal(seq, 1);
      const written = state("a", { findings: [{ rule: "r", severity: "warning", message: "m" }] });
      assert.deepEqual(kept, { ...written, trend: unpackTrend(written.trend.pack()) });
      assert.deepEqual(await listPolls(r, "a", { from: 0, to: now, limit: 10 }), [
        { serviceId: "a", at: now, status: "ok", durationMs: 3, metrics: { x: 1 }, detail: { k: 1 }, said: null },
      ]);
      assert.equal((await listEvents(r, { from: 0, to: now, limit: 10 }))[0]?.text, "A is ok");
      const { seq: _seq, ...kept2 } = (await findRun(r, "r1")) ?? assert.fail();
      assert.deepEqual(kept2, {
        ...run("r1"),
        ...{ memory: {}, epoch: null, symptomRule: null, left: [], settled: null, undoOf: null },
      });
      assert.equal((await listLines(r, "r1")).length, 1);
      assert.equal((await readBeat(r))?.beatAt, now);
      assert.equal((await listAudit(r, 10))[0]?.command, "c");
    });
  });

  it("writes all of a transaction or nothing, and goes on after a failure", async (t) => {
    const store = await freshStore(t);
    await assert.rejects(
      store.write(async (w) => {
        await applyServices(w, [service("a")], now);
        throw new Error("bug");
      }),
      /bug/,
    );
    assert.deepEqual(await store.read(listServices), []);
    await store.write((w) => applyServices(w, [service("a")], now));
    assert.equal((await store.read(listServices)).length, 1);
  });

  it("gives each write a higher number, and a thousand states fit one write", async (t) => {
    const store = await freshStore(t);
    const ids = Array.from({ length: 1_000 }, (_, i) => `s${i}`);
    await store.write((w) =>
      applyServices(
        w,
        ids.map((id, position) => service(id, { position })),
        now,
      ),
    );
    const before = await store.read(lastSeq);
    await store.write((w) =>
      writeStates(
        w,
        ids.map((id) => state(id)),
      ),
    );
    const states = await store.read((r) => listStates(r));
    assert.equal(states.length, 1_000);
    assert.ok(states.every((one) => one.seq === before + 1 && one.status === "ok"));
  });

  it("lets two processes write at once: a second connection waits for the first", async (t) => {
    const store = await freshStore(t);
    const other = await openStore({ file: store.file });
    t.after(() => other.close());
    await store.write((w) => applyServices(w, [service("a")], now));
    const writes = Array.from({ length: 40 }, (_, i) =>
      (i % 2 === 0 ? store : other).write(async (w) => {
        await insertEvents(w, [{ at: now + i, kind: "status", text: `${i}`, serviceId: "a" }]);
        return w.seq;
      }),
    );
    const seqs = await Promise.all(writes);
    assert.equal(new Set(seqs).size, 40);
    assert.equal((await store.read((r) => listEvents(r, { from: 0, to: now + 99, limit: 99 }))).length, 40);
  });

  it("shows a reader one instant, whatever is written meanwhile", async (t) => {
    const store = await freshStore(t);
    await store.write((w) => applyServices(w, [service("a")], now));
    await store.read(async (r) => {
      const before = await lastSeq(r);
      await store.write((w) => writeStates(w, [state("a")]));
      assert.equal(await lastSeq(r), before);
      assert.equal((await findState(r, "a"))?.status, "unknown");
    });
  });

  it("lets nothing write that only reads, not even in a transaction the client would begin by itself", async (t) => {
    const store = await freshStore(t);
    await store.write((w) => applyServices(w, [service("a")], now));
    const inOne = store.read(({ db }) => db.service.updateMany({ data: { name: "changed" } }));
    await assert.rejects(inOne, /readonly|query_only/i);
    const person = { id: "p", name: "P", email: "p@example.com", emailVerified: true, createdAt: new Date(now) };
    const accounts = {
      create: [{ id: "a", accountId: "a", providerId: "p", createdAt: new Date(now), updatedAt: new Date(now) }],
    };
    const inSeveral = store.read(({ db }) =>
      db.user.create({ data: { ...person, updatedAt: new Date(now), accounts } }),
    );
    await assert.rejects(inSeveral, /only Store\.write begins a transaction/);
    assert.deepEqual(
      (await store.read(listServices)).map(({ name }) => name),
      ["A"],
    );
    assert.equal(await store.read(({ db }) => db.user.count()), 0);
  });

  it("opens both connections anew, with their settings, when the client let go of them", async (t) => {
    const reads = (database: Database.Database) => void database.pragma("query_only = 1");
    const options = {
      file: await freshFile(t),
      busyTimeoutMs: 50,
      setUp: { reading: reads, writing: () => undefined },
    };
    const { client, reading, writing } = await connect(options);
    t.after(() => client.$disconnect());
    const before = reading.database;
    assert.equal(await client.service.count(), 0);
    await client.$disconnect();
    assert.equal(await client.service.count(), 0);
    assert.notEqual(reading.database, before);
    assert.equal(reading.prepare("PRAGMA query_only").pluck().get(), 1);
    assert.equal(writing.prepare("PRAGMA query_only").pluck().get(), 0);
    await client.$transaction((db) => db.service.updateMany({ data: { name: "x" } }), { isolationLevel: ours });
  });

  it("reads an incident of more services than a statement of the client has room for", async (t) => {
    const store = await freshStore(t);
    const serviceIds = Array.from({ length: 3_000 }, (_, i) => `s-${i}`);
    const events = serviceIds
      .slice(0, 50)
      .map((serviceId, i) => ({ at: now + i, kind: "status" as const, serviceId, text: `${i}` }));
    await store.write((w) => insertEvents(w, events));
    const range = { incidentId: "none", serviceIds, from: now, to: now + 60_000, limit: 40 };
    const told = await store.read((r) => listIncidentEvents(r, range));
    assert.deepEqual(
      told.map(({ text }) => text),
      events.slice(10).map(({ text }) => text),
    );
  });

  it("refuses to change or delete what was journalled or audited", async (t) => {
    const store = await freshStore(t);
    await store.write(async (w) => {
      await insertRun(w, run("r1"));
      await appendLines(w, "r1", [{ seq: 1, at: now, kind: "state", node: null, text: "requested" }]);
      await insertAudit(w, { at: now, actor: { kind: "system", name: "s", from: null }, command: "c", target: "t" });
    });
    await assert.rejects(store.write((w) => w.db.journalLine.updateMany({ data: { text: "nothing happened" } })));
    await assert.rejects(store.write((w) => w.db.journalLine.deleteMany()));
    await assert.rejects(store.write((w) => w.db.audit.updateMany({ data: { actorName: "nobody" } })));
    await assert.rejects(store.write((w) => w.db.audit.deleteMany()));
    assert.equal((await store.read((r) => listLines(r, "r1")))[0]?.text, "requested");
  });
});

describe("services", () => {
  it("keep their state when their settings change, and begin anew as another kind or after they were away", async (t) => {
    const store = await freshStore(t);
    await store.write((w) => applyServices(w, [service("a"), service("b"), service("c")], now));
    await store.write((w) => writeStates(w, [state("a"), state("b"), state("c")]));
    const seq = await store.read(lastSeq);
    const change = await store.write((w) =>
      applyServices(w, [service("a", { intervalMs: 2_000 }), service("b", { kind: "haproxy" })], now),
    );
    assert.deepEqual(change, { added: [], changed: ["a", "b"], removed: ["c"] });
    assert.deepEqual(await store.read((r) => changedServices(r, seq)), { changed: ["a", "b"], removed: ["c"] });
    assert.equal((await store.read((r) => findState(r, "a")))?.status, "ok");
    assert.equal((await store.read((r) => findState(r, "b")))?.status, "unknown");
    await store.write((w) => applyServices(w, [service("a"), service("b"), service("c")], now));
    assert.equal((await store.read((r) => findState(r, "c")))?.checkedAt, null);
  });
});

describe("runs", () => {
  it("keep what a patch does not name, and are open until they have an end", async (t) => {
    const store = await freshStore(t);
    await store.write((w) => insertRun(w, run("r1", { node: "web-01" })));
    await store.write((w) => patchRun(w, "r1", { state: "running", startedAt: now }));
    const open = await store.read(openRuns);
    assert.deepEqual([open[0]?.state, open[0]?.node, open[0]?.startedAt], ["running", "web-01", now]);
    await store.write((w) => patchRun(w, "r1", { state: "succeeded", finishedAt: now + 1, verdict: "done" }));
    assert.deepEqual(await store.read(openRuns), []);
  });

  it("hold a resource alone, and give it back", async (t) => {
    const store = await freshStore(t);
    await store.write(async (w) => {
      await insertRun(w, run("r1"));
      await insertRun(w, run("r2"));
    });
    assert.equal(
      await store.write((w) => takeLocks(w, { runId: "r1", epoch: 1 }, ["lb / learn / web-01", "x"], now)),
      null,
    );
    assert.deepEqual(await store.write((w) => takeLocks(w, { runId: "r2", epoch: 2 }, ["y", "x"], now)), {
      resource: "x",
      runId: "r1",
      epoch: 1,
    });
    assert.equal((await store.read(listLocks)).length, 2);
    await store.write((w) => releaseLocks(w, "r1"));
    assert.equal(await store.write((w) => takeLocks(w, { runId: "r2", epoch: 2 }, ["y", "x"], now)), null);
  });

  it("number their journal lines in a row", async (t) => {
    const store = await freshStore(t);
    await store.write((w) => insertRun(w, run("r1")));
    assert.equal(await store.read((r) => nextLineSeq(r, "r1")), 1);
    await store.write((w) => appendLines(w, "r1", [{ seq: 1, at: now, kind: "note", node: null, text: "x" }]));
    assert.equal(await store.read((r) => nextLineSeq(r, "r1")), 2);
  });
});

describe("history", () => {
  it("is deleted oldest first, in batches of a bounded size", async (t) => {
    const store = await freshStore(t);
    const polls = Array.from({ length: 100 }, (_, i) => ({
      serviceId: "a",
      at: now + i,
      status: "ok" as const,
      durationMs: 1,
      metrics: {},
      detail: undefined,
      said: null,
    }));
    await store.write((w) => insertPolls(w, polls));
    assert.equal(await store.write((w) => deletePolls(w, "a", now + 50, 30)), 30);
    assert.equal(await store.write((w) => deletePolls(w, "a", now + 50, 30)), 20);
    assert.equal(await store.write((w) => deletePolls(w, "a", now + 50, 30)), 0);
    assert.equal((await store.read((r) => listPolls(r, "a", { from: 0, to: now + 999, limit: 999 })))[0]?.at, now + 50);
  });
});

describe("trouble of the store", () => {
  it("is told apart: a full database is `full`, and the next write works again", async (t) => {
    const file = await freshFile(t);
    const pages = Number((await readFile(file)).length / 4_096) + 8;
    const store = await openStore({ file, maxPages: pages });
    t.after(() => store.close());
    await store.write((w) => applyServices(w, [service("a")], now));
    const big = {
      serviceId: "a",
      at: now,
      status: "ok" as const,
      durationMs: 1,
      metrics: {},
      detail: undefined,
      said: null,
    };
    const tooMuch = store.write(async (w) => {
      for (let i = 0; i < 4_000; i += 1) {
        await insertPolls(w, [{ ...big, at: now + i, metrics: { ["x".repeat(200)]: i } }]);
      }
    });
    await assert.rejects(tooMuch, (error) => storeTroubleOf(error)?.kind === "full");
    await store.write((w) => writeStates(w, [state("a")]));
    assert.equal((await store.read((r) => findState(r, "a")))?.status, "ok");
  });

  it("is told apart: a file that is no database is `corrupt`, a missing one `unavailable`", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "pitwall-store-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, "pitwall.db");
    await assert.rejects(openStore({ file }), (error) => storeTroubleOf(error)?.kind === "unavailable");
    await writeFile(file, "this is no database, but long enough to look like one ".repeat(100));
    await assert.rejects(openStore({ file }), (error) => storeTroubleOf(error)?.kind === "corrupt");
  });

  it("is not what a bug looks like", () => {
    assert.equal(storeTroubleOf(new TypeError("x is not a function")), null);
    assert.equal(storeTroubleOf(null), null);
  });
});
