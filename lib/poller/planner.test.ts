import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { emptyStore } from "#e2e/empty-store.ts";
import type { MaintenanceWindow } from "#lib/core/maintenance.ts";
import { createPlanner } from "#lib/poller/planner.ts";
import { listMaintenance, patchMaintenance } from "#lib/store/maintenance.ts";
import type { Store } from "#lib/store/open-store.ts";

const nightly: MaintenanceWindow = {
  covers: { services: ["db"], groups: [], nodes: [] },
  note: "backup",
  timeZone: "Europe/Berlin",
  from: "2026-11-01T02:00",
  durationMs: 3_600_000,
  repeat: "FREQ=DAILY",
};

async function freshStore(t: TestContext): Promise<Store> {
  const store = await emptyStore(t);
  return store;
}

async function planned(store: Store): Promise<string[]> {
  const rows = await store.read((reading) => listMaintenance(reading, 20));
  return rows.map(({ from, until }) => `${new Date(from).toISOString()} ${(until - from) / 60_000} min`).reverse();
}

test("the window that holds and the next one are written down, and the one after that when its turn comes", async (t) => {
  const store = await freshStore(t);
  let now = Date.parse("2026-11-20T01:30Z");
  const planner = createPlanner(store, () => now);
  planner.plan([nightly]);
  await planner.step();
  await planner.step();
  assert.deepEqual(await planned(store), ["2026-11-20T01:00:00.000Z 60 min", "2026-11-21T01:00:00.000Z 60 min"]);
  now = Date.parse("2026-11-21T01:00Z");
  await planner.step();
  assert.equal((await planned(store)).at(-1), "2026-11-22T01:00:00.000Z 60 min");
});

test("a restart plans nothing twice, and what was ended by hand stays ended", async (t) => {
  const store = await freshStore(t);
  const now = Date.parse("2026-11-20T01:30Z");
  const first = createPlanner(store, () => now);
  first.plan([nightly]);
  await first.step();
  const [, current] = await store.read((reading) => listMaintenance(reading, 20));
  await store.write((w) => patchMaintenance(w, current?.id ?? "", { endedAt: now, endedBy: "kim" }));
  const second = createPlanner(store, () => now + 1_000);
  second.plan([nightly]);
  await second.step();
  assert.deepEqual(await planned(store), ["2026-11-20T01:00:00.000Z 30 min", "2026-11-21T01:00:00.000Z 60 min"]);
});

test("a window that leaves the configuration is called off, and one that holds is ended", async (t) => {
  const store = await freshStore(t);
  const now = Date.parse("2026-11-20T01:30Z");
  const planner = createPlanner(store, () => now);
  planner.plan([nightly]);
  await planner.step();
  planner.plan([]);
  await planner.step();
  const rows = await store.read((reading) => listMaintenance(reading, 20));
  assert.deepEqual(
    rows.map((row) => [row.until, row.endedBy]),
    [
      [now, "configuration"],
      [now, "configuration"],
    ],
  );
});

test("a window that comes back after it left the configuration holds again, unless a person ended it", async (t) => {
  const store = await freshStore(t);
  const now = Date.parse("2026-11-20T01:30Z");
  const planner = createPlanner(store, () => now);
  planner.plan([nightly]);
  await planner.step();
  planner.plan([{ ...nightly, note: "an edit that is undone" }]);
  await planner.step();
  planner.plan([nightly]);
  await planner.step();
  const held = async (note: string) =>
    (await store.read((reading) => listMaintenance(reading, 20)))
      .filter((row) => row.note === note)
      .map(({ from, until, endedBy }) => [(until - from) / 60_000, endedBy]);
  assert.deepEqual(await held("backup"), [
    [60, null],
    [60, null],
  ]);
  assert.ok((await held("an edit that is undone")).every(([, endedBy]) => endedBy === "configuration"));
  const next = (await store.read((reading) => listMaintenance(reading, 20))).find((row) => row.note === "backup");
  await store.write((w) => patchMaintenance(w, next?.id ?? "", { endedAt: now, endedBy: "kim" }));
  planner.plan([]);
  await planner.step();
  planner.plan([nightly]);
  await planner.step();
  assert.deepEqual(
    (await held("backup")).map(([, endedBy]) => endedBy),
    ["kim", null],
  );
});
