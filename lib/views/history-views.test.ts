import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it, type TestContext } from "node:test";
import fc from "fast-check";
import { emptyStore } from "#e2e/empty-store.ts";
import { wholeSight } from "#lib/access/sight.ts";
import type { HistoryConfig } from "#lib/config/model.ts";
import { createHistoryKeeper } from "#lib/poller/keep-history.ts";
import { createNotices } from "#lib/poller/notices.ts";
import { writeBeat } from "#lib/store/beat.ts";
import { insertEvents } from "#lib/store/events.ts";
import { insertPolls, type PollRow } from "#lib/store/history.ts";
import { insertMaintenance } from "#lib/store/maintenance.ts";
import type { Store } from "#lib/store/open-store.ts";
import { applyServices } from "#lib/store/services.ts";
import { usedBytes } from "#lib/store/store-size.ts";
import { availabilityOf, availabilityView } from "#lib/views/availability-view.ts";
import { seriesView } from "#lib/views/series-view.ts";

const hour = 3_600_000;
const day = 24 * hour;
const now = Date.UTC(2026, 10, 20, 12, 7);
const everything = { rawMs: 2 * day, minutesMs: 30 * day, hoursMs: 730 * day, maxBytes: null };

async function freshStore(t: TestContext): Promise<Store> {
  const store = await emptyStore(t);
  const service = { id: "a", kind: "http", name: "a", group: null, position: 0, dependsOn: [] };
  const settings = { intervalMs: 60_000, timeoutMs: 1_000, rules: {}, config: {} };
  await store.write((w) => applyServices(w, [{ ...service, ...settings }], now));
  return store;
}

/** A poll a minute over the days before now; critical in the last ten minutes of each sixth hour. */
function pollsOf(days: number): PollRow[] {
  const count = (days * day) / 60_000;
  return Array.from({ length: count }, (_, i) => {
    const at = now - (count - i) * 60_000;
    const isDown = Math.floor(at / hour) % 6 === 5 && (at % hour) / 60_000 >= 50;
    const status = isDown ? "critical" : "ok";
    const metrics = { "ms||": isDown ? 900 : 20 + (i % 9) };
    return { serviceId: "a", at, status, durationMs: 2, metrics, detail: { i }, said: null };
  });
}

/** A clock that stands still: a step that is held up does what it has to do, and one that changes nothing is the last. */
async function keepUntilDone(store: Store, kept: HistoryConfig = everything, at = now) {
  const notices = createNotices();
  const keeper = createHistoryKeeper({ store, kept: () => kept, notices, tick: () => 0 });
  let last = "";
  for (;;) {
    await keeper.step(at);
    const state = await store.read(async ({ past }) =>
      JSON.stringify(
        past.prepare(`SELECT "tier", count(*), max("id") FROM "HistoryBlock" GROUP BY "tier"`).raw().all(),
      ),
    );
    if (state === last) return notices;
    last = state;
  }
}

async function shown(store: Store) {
  const availability = await availabilityView(store, wholeSight, "a", now);
  const series = async (days: number, points: number) => {
    const asked = { serviceId: "a", key: "ms||", from: now - days * day, to: now, points };
    const result = await seriesView(store, wholeSight, asked);
    return result.ok ? result.value : assert.fail();
  };
  return { availability: availability.ok ? availability.value : assert.fail(), series };
}

describe("history that is folded and rolled up", () => {
  it("tells the same availability and the same extremes as the polls did", async (t) => {
    const store = await freshStore(t);
    for (let from = 0, polls = pollsOf(3); from < polls.length; from += 1_000) {
      await store.write((w) => insertPolls(w, polls.slice(from, from + 1_000)));
    }
    const before = await shown(store);
    const fresh = await before.series(2, 96);
    await keepUntilDone(store);
    const after = await shown(store);
    assert.deepEqual(after.availability.beats, before.availability.beats);
    for (const [i, window] of after.availability.windows.entries()) {
      const was = before.availability.windows[i];
      assert.ok(Math.abs(window.upSeconds - (was?.upSeconds ?? 0)) <= 3_600, `${window.days} days up`);
      assert.ok(Math.abs(window.downSeconds - (was?.downSeconds ?? 0)) <= 600, `${window.days} days down`);
    }
    const rolled = await after.series(2, 96);
    assert.deepEqual(rolled.max, fresh.max);
    assert.deepEqual(rolled.min, fresh.min);
    assert.deepEqual(rolled.count, fresh.count);
    assert.ok(rolled.max.includes(900), "a ten-minute peak is not thinned away");
    const year = await after.series(365, 100);
    assert.equal(Math.max(...year.max.map((value) => value ?? 0)), 900);
    assert.equal(year.count[0], 0);
    assert.equal(year.mean[0], null);
    const polls = await store.read(async ({ past }) => past.prepare(`SELECT count(*) FROM "Snapshot"`).pluck().get());
    assert.ok(Number(polls) <= 64, "rows are folded");
    const oldest = await store.read(async ({ past }) =>
      Number(past.prepare(`SELECT min("fromAt") FROM "HistoryBlock" WHERE "tier" = 0`).pluck().get()),
    );
    assert.ok(oldest >= now - 2 * day - 2 * hour, "polls beyond their time are gone");
  });

  it("gives up the oldest polls first when the store is as large as it may be, keeps their roll-ups, and says so", async (t) => {
    const store = await freshStore(t);
    const noise = (i: number) => createHash("shake256", { outputLength: 400 }).update(String(i)).digest("base64");
    const polls = pollsOf(1).map((poll, i) => ({ ...poll, detail: { text: noise(i) } }));
    await store.write((w) => insertPolls(w, polls));
    await keepUntilDone(store);
    const used = await store.read(async (reading) => usedBytes(reading));
    const notices = await keepUntilDone(store, { ...everything, maxBytes: used - 40_000 });
    assert.ok((await store.read(async (reading) => usedBytes(reading))) <= used - 40_000);
    assert.match(
      notices.list().find((notice) => notice.kind === "history-size")?.message ?? "",
      /^the store reached maxSize \d+ MB, so the oldest polls are deleted early; polls are kept since \d{4}-\d\d-\d\d \d\d:/,
    );
    const { series } = await shown(store);
    const slots = await series(1, 24);
    assert.ok(
      slots.count.slice(1, -1).every((count) => count === 60),
      "minutes still tell of the polls that went",
    );
  });
});

describe("availability", () => {
  it("leaves out planned time and what nobody saw", async (t) => {
    const store = await freshStore(t);
    const down = Array.from({ length: 60 }, (_, i) => ({ ...(pollsOf(1)[i] as PollRow), status: "critical" as const }));
    const at = (i: number) => now - 2 * hour + i * 60_000;
    await store.write(async (w) => {
      await insertPolls(w, [
        ...down.map((poll, i) => ({ ...poll, at: at(i) })),
        ...down.slice(0, 30).map((poll, i) => ({ ...poll, at: at(60 + i), status: "ok" as const })),
      ]);
      const covers = { services: ["a"], groups: [], nodes: [] };
      const row = { id: "m", origin: "hand" as const, windowKey: null, covers, note: "", by: "ann", toldAt: null };
      await insertMaintenance(w, [{ ...row, from: at(-10), until: at(45) }]);
    });
    const [last] = (await shown(store)).availability.windows;
    assert.deepEqual([last?.downSeconds, last?.upSeconds, last?.plannedSeconds], [15 * 60, 32 * 60, 55 * 60]);
    assert.equal(last?.unseenSeconds, 86_400 - (15 + 32 + 55) * 60);
    assert.ok(Math.abs((last?.percent ?? 0) - (32 / 47) * 100) < 1e-9);
  });

  it("counts what nobody measured neither up nor down: a poller that was off, could not see, or is silent now", async (t) => {
    const store = await freshStore(t);
    const poll = (minute: number, status: PollRow["status"]) => {
      return { ...(pollsOf(1)[0] as PollRow), at: now - 60 * 60_000 + minute * 60_000, status };
    };
    const at = (minute: number) => now - 60 * 60_000 + minute * 60_000;
    const gap = (since: number, until: number) => {
      return { at: at(until), kind: "poller" as const, text: "Poller started, after a gap", since: at(since) };
    };
    await store.write(async (w) => {
      // A poll every minute, each believed for three; off from 10.5 to 20, blind from 30 to 40, silent from 50 on.
      const minutes = Array.from({ length: 51 }, (_, i) => i).filter((i) => i <= 10 || i >= 20);
      await insertPolls(
        w,
        minutes.map((i) => poll(i, i >= 30 && i < 40 ? "critical" : "ok")),
      );
      await insertEvents(w, [gap(10.5, 20), gap(30, 40)]);
      await writeBeat(w, { beatAt: at(50), startedAt: at(0), pid: 1, notices: [] });
    });
    const fresh = (await shown(store)).availability;
    const [last] = fresh.windows;
    assert.deepEqual([last?.downSeconds, last?.upSeconds], [0, (10.5 + 10 + 10) * 60]);
    assert.equal(last?.percent, 100);
    assert.ok(fresh.beats.every(({ status }) => status !== "critical"));
    await keepUntilDone(store, everything, now + 6 * hour);
    const rolled = (await shown(store)).availability;
    assert.deepEqual(rolled.windows, fresh.windows);
    assert.deepEqual(rolled.beats, fresh.beats);
  });

  it("never counts more time than there was, and is never made of nothing", () => {
    const seconds = fc.record({ ok: fc.nat(30), warning: fc.nat(10), critical: fc.nat(15), unknown: fc.nat(5) });
    const spans = fc.array(fc.record({ from: fc.nat(600_000), until: fc.nat(600_000) }));
    fc.assert(
      fc.property(fc.array(seconds, { maxLength: 10 }), spans, (all, planned) => {
        const rolled = all.map((one, i) => ({ at: i * 60_000, seconds: one }));
        const told = availabilityOf(rolled, { from: 0, to: 600_000, stepMs: 60_000 }, planned);
        assert.ok(told.upSeconds + told.downSeconds + told.plannedSeconds <= 603);
        assert.ok(told.percent === null || (told.percent >= 0 && told.percent <= 100));
        if (all.length === 0) assert.equal(told.percent, null);
      }),
    );
  });
});
