import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type FactRule, judge, type ThresholdRule } from "#lib/core/rule.ts";

type Queue = { queued: number | null };

const queue: ThresholdRule<Queue> = {
  type: "threshold",
  id: "queue",
  title: "Request queue",
  unit: "count",
  raise: "above",
  warning: 10,
  critical: 50,
  help: "Requests wait.",
  read: (detail) => [{ node: "web-01", value: detail.queued, say: (number) => `${number} requests queued` }],
};

const gone: FactRule<Queue> = {
  type: "fact",
  id: "gone",
  title: "Gone",
  severity: "critical",
  help: "It is gone.",
  find: () => [{ message: "it is gone" }],
};

test("a finding says number, limit and node", () => {
  assert.deepEqual(judge({ queued: 21 }, [queue]), [
    {
      rule: "queue",
      severity: "warning",
      node: "web-01",
      message: "web-01: 21 requests queued (limit 10)",
      value: 21,
      limit: 10,
    },
  ]);
});

test("a limit is reached at the limit, and the worse one wins", () => {
  const severity = (queued: number) => judge({ queued }, [queue])[0]?.severity;
  assert.deepEqual([9, 10, 49, 50].map(severity), [undefined, "warning", "warning", "critical"]);
});

test("what was not measured is not judged: missing is not zero", () => {
  assert.deepEqual(judge({ queued: null }, [{ ...queue, raise: "below" }]), []);
  assert.deepEqual(judge({ queued: Number.NaN }, [queue]), []);
});

test("a rule can be switched off, moved, or made milder for one service", () => {
  const with_ = (override: Parameters<typeof judge>[2]) =>
    judge({ queued: 60 }, [queue], override).map(({ severity, limit }) => [severity, limit]);
  assert.deepEqual(with_({ queue: false }), []);
  assert.deepEqual(with_({ queue: { critical: 100 } }), [["warning", 10]]);
  assert.deepEqual(with_({ queue: { critical: null } }), [["warning", 10]]);
  assert.deepEqual(with_({ queue: { severity: "info" } }), [["info", 50]]);
});

test("the worst finding comes first", () => {
  assert.deepEqual(
    judge({ queued: 20 }, [queue, gone]).map(({ rule }) => rule),
    ["gone", "queue"],
  );
});

test("a worse number never gives a milder finding", () => {
  const rank = { info: 0, warning: 1, critical: 2 };
  const severity = (queued: number) => {
    const [finding] = judge({ queued }, [queue]);
    return finding === undefined ? -1 : rank[finding.severity];
  };
  fc.assert(fc.property(fc.nat(200), fc.nat(200), (a, b) => severity(Math.max(a, b)) >= severity(Math.min(a, b))));
});
