import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import Database from "better-sqlite3";
import { emptyStore } from "#e2e/empty-store.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { createHistoryKeeper } from "#lib/poller/keep-history.ts";
import { createNotices } from "#lib/poller/notices.ts";
import { writeBeat } from "#lib/store/beat.ts";
import { firstPollAt, insertPolls, type PollRow } from "#lib/store/history.ts";
import { openStore, type Store } from "#lib/store/open-store.ts";
import { deflatePiece, inflatePieces } from "#lib/store/packing/pieces.ts";
import { listRollUps, rolledUntil } from "#lib/store/roll-ups.ts";
import { applyServices } from "#lib/store/services.ts";
import { tiers } from "#lib/store/tiers.ts";
import { boardAt } from "#lib/views/board-at.ts";
import { seriesView } from "#lib/views/series-view.ts";

const minute = 60_000;
const hour = 60 * minute;
const now = Date.UTC(2026, 10, 20, 12, 7);
const kept = { rawMs: 48 * hour, minutesMs: 720 * hour, hoursMs: 17_520 * hour, maxBytes: null };

/** A poll a minute of `a` and `b` until now; each minute another number. */
async function storeOf(t: TestContext, hours: number): Promise<Store> {
  const store = await emptyStore(t);
  const one = { kind: "http", group: null, dependsOn: [], intervalMs: minute, timeoutMs: 1_000, rules: {}, config: {} };
  const services = ["a", "b"].map((id, position) => ({ id, name: id, position, ...one }));
  await store.write(async (w) => {
    await applyServices(w, services, now);
    await insertPolls(
      w,
      services.flatMap(({ id }) => pollsOf(id, hours * 60)),
    );
    await writeBeat(w, { beatAt: now, startedAt: now - hours * hour, pid: 1, notices: [] });
  });
  return store;
}

function pollsOf(serviceId: string, count: number, until = now): PollRow[] {
  return Array.from({ length: count }, (_, i) => {
    const at = until - (count - i) * minute;
    const said = { since: at, summary: `number ${i}`, findings: [], failure: null, detailAt: at };
    return { serviceId, at, status: "ok", durationMs: 2, metrics: { "n||": i }, detail: { i }, said };
  });
}

/** As long as there is something to do. */
async function keepUntilDone(store: Store, at = now) {
  const notices = createNotices();
  const keeper = createHistoryKeeper({ store, kept: () => kept, notices, tick: () => 0 });
  for (let last = ""; ; ) {
    await keeper.step(at);
    const state = JSON.stringify(
      store.history.past.prepare(`SELECT "tier", count(*), max("id") FROM "HistoryBlock" GROUP BY "tier"`).all(),
    );
    if (state === last) return notices;
    last = state;
  }
}

/** Changes what the disk holds, as a disk does: past everything that would mind. */
function damage(store: Store, sql: string, ...values: unknown[]): void {
  const database = new Database(store.file);
  database.pragma("foreign_keys = 0");
  assert.ok(database.prepare(sql).run(...values).changes > 0, "there was something to damage");
  database.close();
}

const body = (changed: string) => `UPDATE "HistoryBlock" SET "body" = ${changed} WHERE "serviceId" = 'a'`;
const ways: readonly (readonly [what: string, sql: string])[] = [
  ["bytes in their midst", body(`substr("body", 1, 40) || zeroblob(40) || substr("body", 81)`)],
  ["their ends", body(`substr("body", 1, length("body") - 9)`)],
  ["all their bytes", body("x''")],
  ["their plans", `UPDATE "HistoryPlan" SET "text" = zeroblob(30) WHERE "serviceId" = 'a'`],
  ["the rows of their plans", `DELETE FROM "HistoryPlan" WHERE "serviceId" = 'a'`],
];

async function serviceAt(store: Store, id: string, at: number) {
  const { services } = await boardAt(store, wholeSight, at);
  return services.find((service) => service.id === id) ?? assert.fail(`${id} is not on the board`);
}

function blocksOf(store: Store, serviceId: string, tier: number): unknown {
  const count = `SELECT count(*) FROM "HistoryBlock" WHERE "serviceId" = ? AND "tier" = ?`;
  return store.history.past.prepare(count).pluck().get(serviceId, tier);
}

async function pollsPerHour(store: Store, serviceId: string) {
  const asked = { serviceId, key: "n||", from: now - 6 * hour, to: now, points: 6 };
  const series = await seriesView(store, wholeSight, asked);
  return series.ok ? series.value.count : assert.fail();
}

describe("history that a disk damaged", () => {
  for (const [what, sql] of ways) {
    it(`costs its own service that time, and says so, and nobody else anything: ${what}`, async (t) => {
      const store = await storeOf(t, 6);
      await keepUntilDone(store);
      damage(store, sql);
      const fresh = await openStore({ file: store.file });
      t.after(() => fresh.close());
      const then = now - 100 * minute;
      const [a, b] = [await serviceAt(fresh, "a", then), await serviceAt(fresh, "b", then)];
      assert.deepEqual([a.status, a.detail, a.failure?.kind], ["unknown", null, "damaged"]);
      assert.equal(a.summary, "what was kept of this time is damaged and cannot be read");
      assert.deepEqual([b.status, b.summary, b.detail], ["ok", "number 260", { i: 260 }]);
      const last = await serviceAt(fresh, "a", now);
      assert.deepEqual([last.status, last.summary], ["ok", "number 359"]);
      assert.deepEqual((await pollsPerHour(fresh, "a")).slice(0, 5), [0, 0, 0, 0, 0]);
      const all = (await pollsPerHour(fresh, "b")).reduce((sum, count) => sum + count, 0);
      assert.ok(all >= 359, `${all} polls`);
    });
  }

  it("is told by what it was rolled up to, where that is whole", async (t) => {
    const store = await storeOf(t, 6);
    await keepUntilDone(store);
    damage(store, `${body("x''")} AND "tier" = ${tiers.polls}`);
    const a = await serviceAt(store, "a", now - 200 * minute);
    assert.deepEqual([a.status, a.summary], ["ok", "the worst of 1 polls within a minute"]);
  });

  it("is a gap in what is rolled up later, and upkeep goes on behind it and says which it was", async (t) => {
    const store = await storeOf(t, 3);
    await keepUntilDone(store, now - 5 * hour);
    damage(store, `${body("x''")} AND "tier" = ${tiers.polls}`);
    damage(store, `UPDATE "Snapshot" SET "metrics" = '{' WHERE "serviceId" = 'b' AND "at" = ${now - 30 * minute}`);
    const notices = await keepUntilDone(store, now + 9 * hour);
    const rolled = (id: string) =>
      listRollUps(store.history, id, "minutes", { from: 0, to: now }).reduce((sum, { polls }) => sum + polls, 0);
    assert.deepEqual([rolled("a"), rolled("b")], [52, 179]);
    assert.match(
      notices.list().find(({ kind }) => kind === "history-damaged")?.message ?? "",
      /^polls of b at 2026-11-20 11:37 UTC \(and 2 more like it\) are damaged in the store and shown as a gap; check the disk$/,
    );
  });

  it("goes when it is too old, also where nothing readable came after it", async (t) => {
    const store = await storeOf(t, 3);
    await keepUntilDone(store, now + 3 * hour);
    assert.equal(blocksOf(store, "a", tiers.polls), 3);
    damage(store, `${body("x''")} AND "tier" = ${tiers.polls}`);
    damage(store, `DELETE FROM "HistoryBlock" WHERE "serviceId" = 'a' AND "tier" = ${tiers.minutes}`);
    await keepUntilDone(store, now + 70 * hour);
    assert.equal(blocksOf(store, "a", tiers.polls), 0);
  });

  it("goes when it is too old, also where it never became a block", async (t) => {
    const store = await storeOf(t, 1);
    damage(store, `UPDATE "Snapshot" SET "metrics" = '{' WHERE "serviceId" = 'a'`);
    await keepUntilDone(store, now + 3 * hour);
    const rows = () => store.history.past.prepare(`SELECT count(*) FROM "Snapshot"`).pluck().get();
    assert.equal(rows(), 0);
    assert.deepEqual([blocksOf(store, "a", tiers.polls), blocksOf(store, "b", tiers.polls)], [0, 1]);
  });

  it("does not reach into what is kept after it: a plan is written anew, and its blocks are whole again", async (t) => {
    const store = await storeOf(t, 3);
    await keepUntilDone(store, now - 5 * hour);
    damage(store, `UPDATE "HistoryPlan" SET "text" = zeroblob(30) WHERE "serviceId" = 'a'`);
    const fresh = await openStore({ file: store.file });
    t.after(() => fresh.close());
    assert.equal((await serviceAt(fresh, "a", now - 100 * minute)).status, "unknown");
    await fresh.write((w) => insertPolls(w, pollsOf("a", 64, now + 64 * minute)));
    await keepUntilDone(fresh, now + 65 * minute);
    for (const at of [now - 100 * minute, now + 30 * minute]) {
      const a = await serviceAt(fresh, "a", at);
      assert.deepEqual([a.status, a.detail === null], ["ok", false], new Date(at).toISOString());
    }
  });

  it("is not what a bug is taken for", async (t) => {
    const store = await storeOf(t, 1);
    const attempt = () =>
      store.history.unreadable.attempt({ serviceId: "a", tier: "polls", fromAt: 0, toAt: 0 }, () => {
        throw new TypeError("nothing has no length");
      });
    assert.throws(attempt, TypeError);
    assert.deepEqual(store.history.unreadable.list(), []);
  });

  it("holds up nothing that came after it, where its times alone can still be read", async (t) => {
    const store = await storeOf(t, 9);
    await keepUntilDone(store, now - 12 * hour);
    const blocks = store.history.past
      .prepare<[], { id: number; body: Uint8Array }>(
        `SELECT "id", "body" FROM "HistoryBlock" WHERE "serviceId" = 'a' ORDER BY "fromAt" LIMIT 5`,
      )
      .all();
    for (const { id, body: stored } of blocks) {
      const [whole = new Uint8Array()] = inflatePieces([stored]);
      damage(
        store,
        `UPDATE "HistoryBlock" SET "body" = ? WHERE "id" = ${id}`,
        deflatePiece(whole.subarray(0, whole.length - 2)),
      );
    }
    assert.notEqual(firstPollAt(store.history, "a", 0), now);
    await keepUntilDone(store);
    assert.ok((rolledUntil(store.history, "a") ?? 0) > now - hour);
  });

  it("of hours is made anew from minutes", async (t) => {
    const store = await storeOf(t, 6);
    await keepUntilDone(store);
    const hours = () => listRollUps(store.history, "a", "hours", { from: 0, to: now + 20 * hour });
    const before = hours();
    damage(store, `${body("x''")} AND "tier" = ${tiers.hours}`);
    assert.deepEqual(hours(), []);
    await store.write((w) => insertPolls(w, pollsOf("a", 60, now + 9 * hour)));
    await keepUntilDone(store, now + 9 * hour);
    assert.deepEqual(hours().slice(0, before.length), before);
    assert.ok(hours().length > before.length);
  });
});
