import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { emptyStore } from "#e2e/empty-store.ts";
import type { Actor } from "#lib/access/actor.ts";
import { keepListening } from "#lib/access/listening.ts";
import { recordHeartbeat } from "#lib/commands/record-heartbeat.ts";
import { createMailroom, mailReader } from "#lib/poller/mail.ts";
import { listAudit } from "#lib/store/audit.ts";
import type { Store } from "#lib/store/open-store.ts";
import { applyServices } from "#lib/store/services.ts";
import { heartbeatRequest } from "#lib/wire/heartbeat.ts";

const hour = 3_600_000;
const since = Date.UTC(2026, 10, 28, 12);

async function opened(t: TestContext): Promise<Store> {
  const store = await emptyStore(t);
  await watch(store, { every: 1 }, since);
  return store;
}

/** The job `backup`, and `shop`, which is asked. */
async function watch(store: Store, config: unknown, now: number): Promise<void> {
  const plain = { kind: "k", group: null, intervalMs: 10_000, timeoutMs: 1_000, rules: {}, dependsOn: [] };
  const backup = { ...plain, id: "backup", name: "Backup", position: 0, config, reports: true as const };
  const shop = { ...plain, id: "shop", name: "Shop", position: 1, config: {} };
  await store.write((writing) => applyServices(writing, [backup, shop], now));
}

function job(name: string, from = "10.0.0.31", only: readonly string[] = ["backup"]): Actor {
  const bearer = { kind: "token", id: name, name, from, method: "token", provedAt: null } as const;
  return { ...bearer, grants: [], holds: ["send-heartbeats"], only };
}

function report(store: Store, actor: Actor, fields: Record<string, string>, at: number, serviceId = "backup") {
  return recordHeartbeat(store, actor, { ...heartbeatRequest.parse(fields), serviceId }, at);
}

test("a report has its service judged at once, and a flood of them is one poll", async (t) => {
  const store = await opened(t);
  const polled: string[] = [];
  const loop = {
    pollNow: async (id: string) => {
      polled.push(id);
      return null;
    },
  };
  const mailroom = createMailroom(store, loop, (text) => text, Date.now);
  await mailroom.step();
  assert.deepEqual(polled, []);
  for (let i = 0; i < 5; i += 1) assert.ok((await report(store, job("a"), { exitCode: "0" }, since + i)).ok);
  await mailroom.step();
  await mailroom.step();
  assert.deepEqual(polled, ["backup"]);
});

test("a secret that Pitwall knows does not stay in what a job printed", async (t) => {
  const store = await opened(t);
  const redact = (text: string) => text.replaceAll("hunter2", "[redacted]");
  const mailroom = createMailroom(store, { pollNow: async () => null }, redact, Date.now);
  await report(store, job("a"), { exitCode: "1", message: "login hunter2", log: "PGPASSWORD=hunter2" }, since);
  await mailroom.step();
  const rows = await store.read(({ db }) => db.heartbeat.findMany());
  assert.deepEqual(
    rows.map(({ message, log }) => [message, log]),
    [["login [redacted]", "PGPASSWORD=[redacted]"]],
  );
});

test("a job's token reports for its own service, and of others it does not tell whether they are there", async (t) => {
  const store = await opened(t);
  const told = async (actor: Actor, id: string) => {
    const answer = await report(store, actor, {}, since, id);
    return answer.ok ? "taken" : answer.error.code;
  };
  assert.equal(await told(job("a"), "backup"), "taken");
  assert.equal(await told(job("a"), "shop"), "not-found");
  assert.equal(await told(job("a"), "nothing"), "not-found");
  assert.equal(await told(job("a", "10.0.0.1", ["shop"]), "shop"), "conflict");
  const door = { ...job("a"), holds: ["send-events"] } as const;
  assert.equal(await told(door, "backup"), "not-found");
});

test("the audit log tells when reports begin to come by another token or from another address, not each report", async (t) => {
  const store = await opened(t);
  for (const actor of [job("a"), job("a"), job("a", "10.0.0.32"), job("b", "10.0.0.32"), job("b", "10.0.0.32")]) {
    await report(store, actor, {}, since);
  }
  const rows = await store.read((reading) => listAudit(reading, 20));
  assert.deepEqual(
    rows.reverse().map(({ command, actor }) => [command, actor.name, actor.from]),
    [
      ["record-heartbeat", "a", "10.0.0.31"],
      ["record-heartbeat", "a", "10.0.0.32"],
      ["record-heartbeat", "b", "10.0.0.32"],
    ],
  );
});

test("of a service only the last reports are kept", async (t) => {
  const store = await opened(t);
  for (let i = 0; i < 405; i += 1) await report(store, job("a"), { run: String(i) }, since + i);
  const runs = await store.read(({ db }) => db.heartbeat.findMany({ orderBy: { id: "asc" }, select: { run: true } }));
  assert.deepEqual([runs.length, runs[0]?.run, runs.at(-1)?.run], [400, "5", "404"]);
});

test("the collector is told when nobody listened, and since when reports are expected", async (t) => {
  const store = await opened(t);
  let now = since;
  const parts = { file: store.file, now: () => now, failing: assert.ifError };
  const read = async (at: number) => {
    const mail = await mailReader(store, () => at)("backup");
    assert.ok(mail.ok);
    return { deaf: mail.value.deaf, expectedSince: mail.value.expectedSince };
  };
  const first = keepListening(parts);
  now += hour;
  first();
  now += hour;
  const second = keepListening(parts);
  now += hour;
  second();
  assert.deepEqual(await read(now), { deaf: [{ from: since + hour, until: since + 2 * hour }], expectedSince: since });
  const gone = { from: since + 3 * hour, until: since + 4 * hour };
  assert.deepEqual((await read(since + 4 * hour)).deaf.at(-1), gone);
  await watch(store, { every: 1 }, since + 5 * hour);
  assert.equal((await read(since + 6 * hour)).expectedSince, since);
  await watch(store, { every: 2 }, since + 5 * hour);
  assert.equal((await read(since + 6 * hour)).expectedSince, since + 5 * hour);
});
