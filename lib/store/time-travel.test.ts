import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { emptyStore } from "#e2e/empty-store.ts";
import { emptyMemory } from "#lib/core/state.ts";
import { insertPolls, type PollRow, prepareFold, storeFolds } from "#lib/store/history.ts";
import type { Store } from "#lib/store/open-store.ts";
import { applyServices, type ServiceRow } from "#lib/store/services.ts";
import { emptyState, writeStates } from "#lib/store/states.ts";
import { lastRowsSql, statesAt } from "#lib/store/time-travel.ts";
import { RecentTrend, unpackTrend } from "#lib/store/trend.ts";
import type { Trend } from "#lib/wire/board.ts";

const now = Date.UTC(2026, 10, 20, 12);

async function freshStore(t: TestContext): Promise<Store> {
  const store = await emptyStore(t);
  return store;
}

function service(id: string, position: number): ServiceRow {
  const settings = { dependsOn: [], intervalMs: 1_000, timeoutMs: 1_000, rules: {}, config: {} };
  return { id, kind: "http", name: id, group: null, position, ...settings };
}

function poll(serviceId: string, at: number, n: number): PollRow {
  const critical = n >= 3;
  return {
    serviceId,
    at,
    status: critical ? "critical" : "ok",
    durationMs: 2,
    metrics: { "n||": n, "hidden||": 1 },
    detail: { n, nodes: [{ name: "a", n }] },
    said: {
      since: critical ? now + 3_000 : now,
      summary: `n is ${n}`,
      findings: critical
        ? [{ rule: "n", severity: "critical", message: `n is ${n} (limit 3)`, value: n, limit: 3 }]
        : [],
      failure: null,
      detailAt: at,
      ...(critical ? { confirmation: { hard: "ok", attempt: { n: 1, of: 3 }, flapping: false } } : {}),
    },
  };
}

function lastOf({ at, status, series }: Trend, length: number): Trend {
  const last = <T>(values: readonly T[]) => values.slice(values.length - length);
  const columns = Object.entries(series).map(([key, values]) => [key, last(values)]);
  return { at: last(at), status: last(status), series: Object.fromEntries(columns) as Trend["series"] };
}

describe("the board as it was", () => {
  it("says at each moment what the last poll before it said, and nothing of services not polled yet", async (t) => {
    const store = await freshStore(t);
    await store.write(async (w) => {
      await applyServices(w, [service("a", 0), service("b", 1)], now);
      const polls = [0, 1, 2, 3].map((n) => poll("a", now + n * 1_000, n));
      await insertPolls(w, [...polls, poll("b", now + 2_500, 1)]);
      const trend = RecentTrend.from({ at: [], status: [], series: { "n||": [] } });
      const { at, said, serviceId, status, detail } = poll("a", now + 3_000, 3);
      if (said !== null)
        await writeStates(w, [
          {
            serviceId,
            status,
            checkedAt: at,
            detail,
            trend,
            actions: [],
            memory: emptyMemory,
            ruleMemory: {},
            ...said,
          },
        ]);
    });
    assert.deepEqual(await store.read((r) => statesAt(r, now - 1)), []);
    assert.deepEqual(
      (await store.read((r) => statesAt(r, now + 2_499))).map((state) => [state.serviceId, state.summary]),
      [["a", "n is 2"]],
    );
    const [a, b] = await store.read((r) => statesAt(r, now + 10_000));
    assert.equal(b?.checkedAt, now + 2_500);
    assert.deepEqual([a?.status, a?.since, a?.checkedAt], ["critical", now + 3_000, now + 3_000]);
    assert.deepEqual([a?.memory.hard, a?.memory.attempt], ["ok", { n: 1, of: 3 }]);
    assert.deepEqual(a?.findings, poll("a", now, 3).said?.findings);
    assert.deepEqual(a?.detail, { n: 3, nodes: [{ name: "a", n: 3 }] });
    assert.deepEqual(a?.trend.series, { "n||": [0, 1, 2, 3] });
    assert.deepEqual(a?.trend.status, ["ok", "ok", "ok", "critical"]);
  });

  it("shows polls that were kept before their words were", async (t) => {
    const store = await freshStore(t);
    await store.write(async (w) => {
      await applyServices(w, [service("a", 0)], now);
      await insertPolls(w, [{ ...poll("a", now, 1), said: null, detail: undefined }]);
    });
    const [a] = await store.read((r) => statesAt(r, now + 1));
    assert.deepEqual([a?.status, a?.checkedAt, a?.detail, a?.summary], ["ok", now, null, ""]);
  });

  it("draws what was drawn then, wherever its points lie by now: in rows, in blocks or in the trend of now", async (t) => {
    const store = await freshStore(t);
    await store.write((w) => applyServices(w, [service("a", 0)], now));
    const drawn = () => RecentTrend.from({ at: [], status: [], series: { "n||": [] } });
    const [trend, kept] = [drawn(), [] as PollRow[]];
    let foldedUntil = 0;
    const add = (to: RecentTrend, { at, status, metrics }: PollRow) =>
      to.add(at, status, new Map([["n||", metrics["n||"] ?? null]]));
    for (let n = 0; n < 230; n += 1) {
      const next = {
        ...poll("a", now + n * 7_000 + ((n * 311) % 5_000), n % 9),
        metrics: { "n||": n % 7 === 0 ? null : n },
      };
      kept.push(next);
      add(trend, next);
      await store.write(async (w) => {
        await insertPolls(w, [next]);
        await writeStates(w, [{ ...emptyState("a"), trend }]);
      });
      const fold = n % 5 === 0 ? await store.read(async (r) => prepareFold(r, "a", next.at)) : null;
      if (fold !== null) await store.write((w) => storeFolds(w, [fold]));
      foldedUntil = fold?.block?.toAt ?? foldedUntil;
      for (const back of [0, 1, 30, 59, 60, 61, 100, 170]) {
        const last = kept.at(-1 - back);
        if (last === undefined || (back > 1 && n % 10 !== 0)) continue;
        const then = drawn();
        for (const one of kept.slice(0, kept.length - back)) add(then, one);
        const [state] = await store.read((r) => statesAt(r, last.at + 1));
        // A block is read for itself: where it begins, its trend does.
        const length = state?.trend.at.length ?? 0;
        assert.deepEqual(state?.trend, lastOf(unpackTrend(then.pack()), length), `poll ${n}, ${back} back`);
        if (last.at > foldedUntil || kept.length <= 64) assert.equal(length, Math.min(60, kept.length - back));
        assert.deepEqual([state?.checkedAt, state?.summary], [last.at, last.said?.summary]);
      }
    }
  });

  it("does not read all polls to find the last ones", async (t) => {
    const store = await freshStore(t);
    const plan = store.history.past.prepare<[number], { detail: string }>(`EXPLAIN QUERY PLAN ${lastRowsSql}`).all(now);
    const scanned = plan.flatMap(({ detail }) => /^SCAN (\w+)/.exec(detail)?.[1] ?? []);
    assert.deepEqual(scanned, ["v"]);
  });
});
