import assert from "node:assert/strict";
import test from "node:test";
import { explainCause } from "#lib/core/explain-cause.ts";
import { explainRules } from "#lib/core/explain-rules.ts";
import type { Rule } from "#lib/core/rule.ts";
import type { VerdictInput } from "#lib/core/subject.ts";

interface Detail {
  readonly queues: Readonly<Record<string, number | null>>;
  readonly broken: readonly string[];
}

const rules: readonly Rule<Detail>[] = [
  {
    type: "threshold",
    id: "queue",
    title: "Requests queued",
    unit: "count",
    raise: "above",
    warning: 10,
    critical: 50,
    help: "Help.",
    read: ({ queues }) => Object.entries(queues).map(([node, value]) => ({ node, value, say: (n) => `${n} queued` })),
  },
  {
    type: "fact",
    id: "broken",
    title: "Broken",
    severity: "critical",
    help: "Help.",
    find: ({ broken }) => broken.map((node) => ({ node, message: "is broken" })),
  },
];

test("every rule is told with each number, its limits and its verdict, also where nothing was found", () => {
  const [queue, broken] = explainRules({ queues: { a: 3, b: 20, c: null }, broken: [] }, rules, {});
  assert.equal(queue?.limits, "warning 10, critical 50 or more");
  assert.deepEqual(
    queue?.readings.map(({ node, value, verdict }) => [node, value, verdict]),
    [
      ["b", "20", "warning"],
      ["a", "3", "ok"],
      ["c", null, "not measured"],
    ],
  );
  assert.equal(queue?.readings[0]?.message, "b: 20 queued (limit 10)");
  assert.deepEqual([broken?.limits, broken?.readings], [null, []]);
});

test("what pitwall.yaml says instead is what is told, and that it says so", () => {
  const [queue, broken] = explainRules({ queues: { a: 3 }, broken: ["a"] }, rules, {
    queue: { warning: 2, critical: null },
    broken: false,
  });
  assert.deepEqual(
    [queue?.limits, queue?.overridden, queue?.readings[0]?.verdict],
    ["warning 2 or more", true, "warning"],
  );
  assert.deepEqual([broken?.off, broken?.readings], [true, []]);
});

const now = 1_000_000;

function service(id: string, more: Partial<VerdictInput> = {}): VerdictInput {
  const finding = {
    rule: "down",
    severity: more.status === "warning" ? "warning" : "critical",
    message: "down",
    clause: "is down",
  } as const;
  const troubled = more.status === "critical" || more.status === "warning";
  return {
    id,
    name: id.toUpperCase(),
    status: "ok",
    since: now - 60_000,
    dependsOn: [],
    findings: troubled ? [finding] : [],
    trend: { series: {} },
    actions: [],
    ...more,
  };
}

const scene = [
  service("search", { status: "critical", since: now - 60_000 }),
  service("cache", { status: "unknown" }),
  service("pg", {
    status: "critical",
    findings: [{ rule: "lag", severity: "critical", message: "lags", contained: true }],
  }),
  service("replicas", {
    status: "critical",
    findings: [{ rule: "replica-down", severity: "critical", node: "pg-2", message: "is down", contained: "node" }],
  }),
  service("web", { dependsOn: ["search", "pg", "replicas", "cache"] }),
  service("lb", {
    status: "critical",
    since: now - 50_000,
    found: [{ id: "web", evidence: ["LB / app / web-02 is 10.0.0.22:8000, and WEB runs on web-02"] }],
  }),
];

test("a symptom tells which dependencies were followed, on what evidence, and whom it set aside and why", () => {
  const told = explainCause(scene, "lb", now);
  assert.equal(told.role, "symptom");
  assert.equal(told.root?.name, "SEARCH");
  assert.deepEqual(told.followed, [
    {
      from: { serviceId: "lb", name: "LB", words: "is down" },
      to: { serviceId: "search", name: "SEARCH", words: "is down" },
      evidence: ["LB depends on SEARCH through WEB", "SEARCH began 10 s before"],
    },
  ]);
  assert.deepEqual(
    told.setAside.map(({ name, why }) => [name, why]),
    [
      ["PG", "its trouble stays where it is and hurts nothing above"],
      ["REPLICAS", "its trouble hurts only what uses that very node"],
      ["CACHE", "nobody knows how it is"],
    ],
  );
});

test("a root tells what follows from it, and a service that is well has nothing to explain", () => {
  const root = explainCause(scene, "search", now);
  assert.deepEqual([root.role, root.followed, root.symptoms.map(({ name }) => name)], ["root", [], ["LB"]]);
  assert.equal(explainCause(scene, "web", now).role, "none");
  assert.equal(explainCause(scene, "gone", now).role, "none");
});
