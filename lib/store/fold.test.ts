import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { emptyStore } from "#e2e/empty-store.ts";
import { insertPolls, listPolls, type PollRow, prepareFold, storeFolds } from "#lib/store/history.ts";
import type { Store } from "#lib/store/open-store.ts";
import { mergeRollUps, rollUpPolls } from "#lib/store/roll-up.ts";
import { listRollUps, prepareRollUp, rolledUntil, storeRollUp } from "#lib/store/roll-ups.ts";
import { applyServices } from "#lib/store/services.ts";
import { statesAt } from "#lib/store/time-travel.ts";

const from = Date.UTC(2026, 10, 20, 12);
const all = { from: 0, to: from + 86_400_000, limit: 10_000 };

async function freshStore(t: TestContext): Promise<Store> {
  const store = await emptyStore(t);
  const service = { id: "a", kind: "http", name: "a", group: null, position: 0, dependsOn: [] };
  const settings = { intervalMs: 10_000, timeoutMs: 1_000, rules: {}, config: {} };
  await store.write((w) => applyServices(w, [{ ...service, ...settings }], from));
  return store;
}

function poll(i: number): PollRow {
  const at = from + i * 10_000;
  const status = i % 30 >= 28 ? "critical" : "ok";
  return {
    serviceId: "a",
    at,
    status,
    durationMs: 3,
    metrics: { "total_ms|x|": i % 7 === 0 ? null : 10 + (i % 13) / 100, "up||": 1 },
    detail: { url: "http://shop/", targets: [{ name: "x", ms: i % 11 }] },
    said: {
      since: from,
      summary: `200 in ${i % 11} ms`,
      findings: status === "ok" ? [] : [{ rule: "r", severity: "critical", message: `m ${i}` }],
      failure: null,
      detailAt: at,
    },
  };
}

async function foldAll(store: Store, now: number): Promise<number> {
  for (let folds = 0; ; folds += 1) {
    const fold = await store.read(async (r) => prepareFold(r, "a", now));
    if (fold === null) return folds;
    await store.write((w) => storeFolds(w, [fold]));
  }
}

describe("folded polls", () => {
  it("are read as if they had never been folded, at any moment", async (t) => {
    const store = await freshStore(t);
    const polls = Array.from({ length: 300 }, (_, i) => poll(i));
    await store.write((w) => insertPolls(w, polls));
    const moments = [0, 1, 630_000, 645_000, 1_500_000, 2_989_999, 2_990_000, 9_000_000].map((ms) => from + ms);
    const before = await Promise.all(moments.map((at) => store.read((r) => statesAt(r, at))));
    assert.equal(await foldAll(store, from + 3_000_000), 4);
    assert.deepEqual(await store.read((r) => listPolls(r, "a", all)), polls);
    assert.deepEqual(
      await store.read((r) => listPolls(r, "a", { from: from + 100_000, to: from + 1_000_000, limit: 7 })),
      polls.slice(94, 101),
    );
    for (const [i, at] of moments.entries()) {
      const [now, then] = [await store.read((r) => statesAt(r, at)), before[i] ?? []];
      assert.deepEqual(
        now.map(({ trend: _, ...rest }) => rest),
        then.map(({ trend: _, ...rest }) => rest),
      );
    }
  });

  it("of a service that is polled seldom do not wait for ever", async (t) => {
    const store = await freshStore(t);
    await store.write((w) => insertPolls(w, [poll(0), poll(1)]));
    assert.equal(await foldAll(store, from + 60_000), 0);
    assert.equal(await foldAll(store, from + 3 * 3_600_000), 1);
    assert.deepEqual(await store.read((r) => listPolls(r, "a", all)), [poll(0), poll(1)]);
  });
});

describe("rolled up polls", () => {
  it("keep minimum, maximum, mean, count, worst status and the seconds of each", async (t) => {
    const store = await freshStore(t);
    await store.write((w) =>
      insertPolls(
        w,
        Array.from({ length: 720 }, (_, i) => poll(i)),
      ),
    );
    await foldAll(store, from + 7_200_000);
    const span = await store.read(async (r) => prepareRollUp(r, "a", { from, to: from + 7_200_000, holdMs: 30_000 }));
    assert.ok(span);
    await store.write((w) => storeRollUp(w, span));
    await store.read(async (r) => {
      assert.equal(rolledUntil(r, "a"), from + 7_200_000);
      const minutes = listRollUps(r, "a", "minutes", { from, to: from + 7_200_000 });
      assert.equal(minutes.length, 120);
      const fifth = minutes[4];
      assert.deepEqual(
        [fifth?.worst, fifth?.polls, fifth?.seconds.critical, fifth?.seconds.ok],
        ["critical", 6, 20, 40],
      );
      const span5 = fifth?.metrics["total_ms|x|"];
      const values = [24, 25, 26, 27, 28, 29].map((i) => poll(i).metrics["total_ms|x|"]).filter((v) => v != null);
      assert.equal(span5?.count, values.length);
      assert.ok((span5?.min ?? 99) <= Math.min(...values) && (span5?.max ?? 0) >= Math.max(...values));
      assert.ok((span5?.max ?? 99) - Math.max(...values) < 0.11);
      const hours = listRollUps(r, "a", "hours", { from, to: from + 7_200_000 });
      assert.deepEqual(
        [hours.length, hours[0]?.polls, hours[0]?.seconds],
        [2, 360, { ok: 3_360, unknown: 0, warning: 0, critical: 240 }],
      );
    });
  });

  it("leave a gap where nothing was measured, neither up nor down", () => {
    const at = [0, 10_000, 20_000, 200_000].map((ms) => from + ms);
    const status = ["ok", "ok", "ok", "critical"] as const;
    const rolled = rollUpPolls(
      { at, status, series: new Map() },
      { from, to: from + 240_000, stepMs: 60_000, holdMs: 30_000 },
    );
    assert.deepEqual(
      rolled.map((one) => [(one.at - from) / 60_000, one.seconds.ok, one.seconds.critical]),
      [
        [0, 50, 0],
        [3, 0, 30],
      ],
    );
    assert.deepEqual(mergeRollUps(rolled, 3_600_000)[0]?.seconds, { ok: 50, unknown: 0, warning: 0, critical: 30 });
  });
});

describe("a moment beyond the polls that are kept", () => {
  it("is told by its minute: the worst status, and means for the trend", async (t) => {
    const store = await freshStore(t);
    const polls = Array.from({ length: 720 }, (_, i) => poll(i));
    await store.write((w) => insertPolls(w, polls));
    const span = await store.read(async (r) => prepareRollUp(r, "a", { from, to: from + 7_200_000, holdMs: 30_000 }));
    assert.ok(span);
    await store.write(async (w) => {
      await storeRollUp(w, span);
      await w.db.snapshot.deleteMany();
    });
    const [state] = await store.read((r) => statesAt(r, from + 4 * 60_000 + 30_000));
    assert.deepEqual(
      [state?.status, state?.summary, state?.checkedAt, state?.detail],
      ["critical", "the worst of 6 polls within a minute", from + 4 * 60_000 + 30_000, null],
    );
    assert.deepEqual(state?.trend.status, ["ok", "ok", "ok", "ok", "critical"]);
  });
});
