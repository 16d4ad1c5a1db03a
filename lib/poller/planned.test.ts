import assert from "node:assert/strict";
import { test } from "node:test";
import { excusePlanned } from "#lib/poller/planned.ts";

const base = { rule: "down", severity: "critical" as const };

test("what is found of a node in maintenance is told and raises nothing; other nodes' trouble stays", () => {
  const findings = [
    { ...base, node: "web-01", message: "web-01: no answer" },
    { ...base, subject: "learn/web-01", message: "learn/web-01 is down" },
    { ...base, node: "web-02", message: "web-02: no answer" },
    { ...base, message: "all is lost" },
  ];
  const excused = excusePlanned(findings, new Set(["web-01"]));
  assert.deepEqual(
    excused.map(({ severity, message }) => [severity, message]),
    [
      ["info", "web-01: no answer (in maintenance)"],
      ["info", "learn/web-01 is down (in maintenance)"],
      ["critical", "web-02: no answer"],
      ["critical", "all is lost"],
    ],
  );
  assert.deepEqual(excusePlanned(findings, new Set()), findings);
});
