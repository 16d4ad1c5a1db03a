import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { careChanges, coveredAt, type KnownMaintenance, type KnownMute, plannedNodesAt } from "#lib/core/care.ts";
import { confirmedOf } from "#lib/core/confirmed.ts";
import { coverOf, isCovered } from "#lib/core/planned.ts";
import { statuses } from "#lib/core/status.ts";

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
const db = { id: "db", name: "Database", group: "Data", wellSince: null };

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

test("trouble is certain after three polls in a row, recovery after two, and polls of planned work say nothing", () => {
  const c = "critical" as const;
  const w = "warning" as const;
  const table = [
    { status: [c, c], from: 0, is: null },
    { status: [c, c, c], from: 0, is: "critical" },
    { status: [c, c, c], from: 1, is: null },
    { status: [w, c, c], from: 0, is: "trouble" },
    { status: [c, c, c, "ok" as const], from: 0, is: null },
    { status: [c, "ok" as const, "ok" as const], from: 0, is: "well" },
    { status: [c, c, "unknown" as const], from: 0, is: null },
    { status: [], from: 0, is: null },
  ];
  for (const { status, from, is } of table) {
    assert.equal(confirmedOf({ at: status.map((_, index) => index), status }, from), is, status.join(" "));
  }
});

test("no sequence of polls makes well from no data", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...statuses)), (status) => {
      const certain = confirmedOf({ at: status.map((_, index) => index), status }, 0);
      if (certain === "well") assert.deepEqual(status.slice(-2), ["ok", "ok"]);
      if (status.at(-1) === "unknown") assert.equal(certain, null);
    }),
  );
});
