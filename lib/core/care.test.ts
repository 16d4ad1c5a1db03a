import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { careChanges, coveredAt, type KnownMaintenance, type KnownMute, plannedNodesAt } from "#lib/core/care.ts";
import { certainOf } from "#lib/core/certain.ts";
import { coverOf, isCovered, mayBePlanned } from "#lib/core/planned.ts";

const covers = { services: ["db"], groups: [], nodes: [] };
const work: KnownMaintenance = {
  id: "m",
  covers,
  note: "upgrade",
  by: "configuration",
  from: 100,
  until: 200,
  toldAt: null,
  endedAt: null,
};
const taken: KnownMute = { id: "a", kind: "acknowledgement", serviceId: "db", at: 100, until: 200 };
const db = { id: "db", name: "Database", group: "Data", nodes: ["db-1"], wellSince: null };

test("planned work is told once when it begins and once when it is over", () => {
  const table = [
    { at: 99, row: work, tells: [] },
    { at: 100, row: work, tells: ["Maintenance of Database began: upgrade"] },
    { at: 150, row: { ...work, toldAt: 100 }, tells: [] },
    { at: 200, row: { ...work, toldAt: 100 }, tells: ["Maintenance of Database is over"] },
    { at: 300, row: { ...work, toldAt: 100, endedAt: 200 }, tells: [] },
    // The poller was off the whole time: what nobody saw is not told.
    { at: 300, row: work, tells: [] },
  ];
  for (const { at, row, tells } of table) {
    const changes = careChanges({ maintenance: [row], mutes: [] }, [db], at);
    assert.deepEqual(
      changes.map((change) => change.text),
      tells,
      `at ${at}`,
    );
  }
});

test("planned work that names a node which nobody has says so when it begins, once all nodes are known", () => {
  const row = { ...work, covers: { services: [], groups: [], nodes: ["db-1", "db-7"] }, note: "" };
  const textOf = (nodes: readonly string[] | null) =>
    careChanges({ maintenance: [row], mutes: [] }, [db, { ...db, id: "lb", nodes }], 100)[0]?.text;
  const began = "Maintenance of node db-1, node db-7 began";
  assert.equal(textOf(null), began);
  assert.equal(textOf(["db-7"]), began);
  assert.equal(textOf(["db-8"]), `${began} (no service has a node db-7, so that covers nothing)`);
});

test("an acknowledgement ends by recovery or by time; a silence by time alone", () => {
  const table = [
    { at: 150, mute: taken, wellSince: null, by: null },
    { at: 150, mute: taken, wellSince: 120, by: "recovery" },
    // It was well before someone took it, so this is no recovery.
    { at: 150, mute: taken, wellSince: 90, by: null },
    { at: 200, mute: taken, wellSince: null, by: "time" },
    { at: 150, mute: { ...taken, kind: "silence" as const }, wellSince: 120, by: null },
    { at: 200, mute: { ...taken, kind: "silence" as const }, wellSince: 120, by: "time" },
  ];
  for (const { at, mute, wellSince, by } of table) {
    const [change] = careChanges({ maintenance: [], mutes: [mute] }, [{ ...db, wellSince }], at);
    assert.equal(change?.type === "mute-over" ? change.by : null, by);
  }
});

test("planned work covers services by id, by group, or a part of them by node", () => {
  const service = { id: "db", group: "Data" };
  assert.deepEqual(coverOf({ services: ["db"], groups: [], nodes: [] }, service, []), { nodes: null });
  assert.deepEqual(coverOf({ services: [], groups: ["Data"], nodes: [] }, service, []), { nodes: null });
  assert.deepEqual(coverOf({ services: [], groups: [], nodes: ["a", "z"] }, service, ["a", "b"]), { nodes: ["a"] });
  assert.equal(coverOf({ services: ["x"], groups: ["y"], nodes: ["z"] }, service, ["a", "b"]), null);
  assert.equal(isCovered({ maintenance: [{ nodes: ["a"], from: 0, until: 10 }] }, 5), false, "a node is not the whole");
  assert.equal(isCovered({ maintenance: [{ nodes: null, from: 0, until: 10 }] }, 10), false, "the end is outside");
});

test("trouble may be planned until what is in maintenance upstream was looked at since it began, and not for long", () => {
  const lb = { id: "lb", dependsOn: ["web"], covered: false, onset: 100_000 };
  const web = { id: "web", dependsOn: ["db", "lb"], covered: false };
  const withDb = (checkedAt: number | null, covered = true) => [
    lb,
    web,
    { id: "db", dependsOn: [], covered, checkedAt, intervalMs: 4_000 },
  ];
  for (const checkedAt of [null, 99_000, 103_999]) assert.ok(mayBePlanned(lb, withDb(checkedAt), 105_000));
  assert.equal(mayBePlanned(lb, withDb(104_000), 105_000), false, "it was looked at, and explains nothing");
  assert.equal(mayBePlanned(lb, withDb(99_000, false), 105_000), false, "nobody works on it");
  assert.equal(mayBePlanned(lb, withDb(99_000), 160_001), false, "nobody waits for an hourly poll");
});

test("what is covered at a time holds neither before nor after it", () => {
  const span = fc.record({ from: fc.integer({ min: 0, max: 100 }), long: fc.integer({ min: 1, max: 100 }) });
  fc.assert(
    fc.property(span, fc.integer({ min: -10, max: 250 }), ({ from, long }, now) => {
      const row = { covers: { ...covers, nodes: ["n"] }, from, until: from + long };
      const holds = from <= now && now < from + long;
      assert.equal(coveredAt([row], [db], now).has("db"), holds);
      assert.equal(plannedNodesAt([row], now).has("n"), holds);
    }),
  );
});

test("critical is certain only when it was told on, and well whenever ok is confirmed", () => {
  const table = [
    { status: "critical", hard: "ok", told: "ok", is: null },
    { status: "critical", hard: "critical", told: "critical", is: "critical" },
    // It flaps, or Pitwall distrusts itself: nobody is called of it.
    { status: "critical", hard: "critical", told: "ok", is: "trouble" },
    { status: "warning", hard: "warning", told: "warning", is: "trouble" },
    { status: "warning", hard: "critical", told: "critical", is: "trouble" },
    { status: "ok", hard: "critical", told: "critical", is: null },
    { status: "ok", hard: "ok", told: "critical", is: "well" },
    { status: "unknown", hard: "critical", told: "critical", is: null },
    { status: "unknown", hard: "unknown", told: "unknown", is: null },
    { status: "critical", hard: null, told: null, is: null },
  ] as const;
  for (const { is, ...memory } of table) assert.equal(certainOf(memory), is, JSON.stringify(memory));
});
