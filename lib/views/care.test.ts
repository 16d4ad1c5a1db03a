import assert from "node:assert/strict";
import { test } from "node:test";
import { careOf } from "#lib/views/care.ts";

const web = {
  id: "web",
  group: null,
  findings: [],
  trend: { at: [], status: [], series: { "processes|web-01|": [], "processes|web-02|": [] } },
};

function during(nodes: readonly string[], status: "ok" | "critical") {
  const planned = { id: "m", note: "", by: "ann", from: 0, until: 10, origin: "hand" as const, windowKey: null };
  const covers = { services: [], groups: [], nodes };
  const row = { ...planned, covers, toldAt: 0, endedAt: null, endedBy: null, seq: 1 };
  return careOf({ maintenance: [row], mutes: [] }, { ...web, status }).maintenance[0]?.nodes;
}

test("a service whose every node is planned to be out is in maintenance, not well", () => {
  assert.equal(during(["web-01", "web-02"], "ok"), null);
  assert.deepEqual(during(["web-01"], "ok"), ["web-01"]);
});

test("what is wrong beside its planned nodes is not hidden by them", () => {
  assert.deepEqual(during(["web-01", "web-02"], "critical"), ["web-01", "web-02"]);
});
