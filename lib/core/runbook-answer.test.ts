import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { RuleExplained } from "#lib/core/explain-rules.ts";
import type { Condition } from "#lib/core/runbook.ts";
import { type Answer, answerOf } from "#lib/core/runbook-answer.ts";
import { type SceneGiven, type SceneService, sceneOf } from "#lib/core/runbook-scene.ts";

const now = 1_000_000;

function service(id: string, more: Partial<SceneService> = {}): SceneService {
  return {
    id,
    name: id,
    kind: "app",
    status: "ok",
    since: now - 60_000,
    checkedAt: now - 1_000,
    intervalMs: 2_000,
    summary: "as always",
    failure: null,
    dependsOn: [],
    findings: [],
    trend: { series: {} },
    actions: [],
    ...more,
  };
}

const queue = { rule: "queue", severity: "critical", node: "web-01", message: "web-01: 60 requests queued" } as const;
const down = { rule: "down", severity: "critical", message: "no answer", clause: "does not answer" } as const;

function explained(id: string, values: readonly (string | null)[], more: Partial<RuleExplained> = {}): RuleExplained {
  const readings = values.map((value, at) => {
    const verdict = value === null ? ("not measured" as const) : ("ok" as const);
    return { node: `web-0${at + 1}`, subject: null, value, verdict, message: null };
  });
  const told = { title: "Requests queued", help: "", limits: "warning 10 or more", overridden: false, off: false };
  return { id, ...told, readings, more: 0, ...more };
}

function scene(services: readonly SceneService[], more: Partial<SceneGiven> = {}) {
  return sceneOf({
    services,
    selfId: "app",
    now,
    explained: () => [explained("queue", ["3", "0"])],
    blinding: () => [],
    metrics: () => ({ "queue|web-01|": 12, "queue|web-02|": 0, "memory||": null }),
    rootBefore: null,
    rootHidden: false,
    past: false,
    ...more,
  });
}

const offer = (blocked: string | null) => ({ id: "restart", title: "Restart", risk: "low", blocked, params: [] });
const search = (more: Partial<SceneService> = {}) => service("search", more);

/** What is asked, of which board, and what must come of it. */
const table: readonly (readonly [string, Condition, Answer, readonly SceneService[], Partial<SceneGiven>?])[] = [
  ["a finding is a yes", { finding: "queue" }, "yes", [service("app", { status: "critical", findings: [queue] })]],
  ["a rule that was judged everywhere and found nothing is a no", { finding: "queue" }, "no", [service("app")]],
  [
    "a finding that is milder than asked is no yes",
    { finding: "queue", atLeast: "critical" },
    "no",
    [service("app", { status: "warning", findings: [{ ...queue, severity: "warning" }] })],
  ],
  [
    "a node that was not measured is unknown",
    { finding: "queue" },
    "unknown",
    [service("app")],
    { explained: () => [explained("queue", ["3", null])] },
  ],
  [
    "a rule that is switched off is unknown",
    { finding: "queue" },
    "unknown",
    [service("app")],
    { explained: () => [explained("queue", [], { off: true })] },
  ],
  ["a rule that nobody knows is unknown", { finding: "strange" }, "unknown", [service("app")]],
  [
    "what blinds makes it unknown",
    { finding: "queue" },
    "unknown",
    [service("app")],
    { blinding: () => [{ message: "web-02: cannot look" }] },
  ],
  [
    "a stale service is unknown, whatever it once found",
    { finding: "queue" },
    "unknown",
    [service("app", { status: "unknown", findings: [queue] })],
  ],
  [
    "a poll that failed is unknown",
    { finding: "queue" },
    "unknown",
    [service("app", { failure: { what: "no answer" } })],
  ],
  ["a value above is a yes", { metric: "queue", above: 10 }, "yes", [service("app")]],
  ["no value above is a no", { metric: "queue", above: 50 }, "no", [service("app")]],
  ["a value of one node", { metric: "queue", node: "web-02", above: 0 }, "no", [service("app")]],
  ["a value that was not measured is unknown", { metric: "memory", below: 5 }, "unknown", [service("app")]],
  ["a metric that nobody measured is unknown", { metric: "strange", above: 0 }, "unknown", [service("app")]],
  ["a status is a yes", { status: ["warning", "critical"] }, "yes", [service("app", { status: "warning" })]],
  ["an unknown status is no “no”", { status: "critical" }, "unknown", [service("app", { status: "unknown" })]],
  ["unless unknown was asked for", { status: "unknown" }, "yes", [service("app", { status: "unknown" })]],
  [
    "one of several dependencies is enough",
    { status: "critical", on: "dependencies" },
    "yes",
    [
      service("app", { dependsOn: ["search", "db"] }),
      search({ status: "unknown" }),
      service("db", { status: "critical" }),
    ],
  ],
  [
    "an unseen dependency leaves it unknown",
    { status: "critical", on: "dependencies" },
    "unknown",
    [service("app", { dependsOn: ["search", "db"] }), search({ status: "unknown" }), service("db")],
  ],
  [
    "without known dependencies nobody can say",
    { status: "critical", on: "dependencies" },
    "unknown",
    [service("app")],
  ],
  [
    "the cause lies in what it depends on",
    { cause: "elsewhere" },
    "yes",
    [
      service("app", { status: "critical", dependsOn: ["search"], findings: [queue] }),
      search({ status: "critical", findings: [down] }),
    ],
  ],
  [
    "the cause lies here when all it needs is well",
    { cause: "elsewhere" },
    "no",
    [service("app", { status: "critical", dependsOn: ["search"], findings: [queue] }), search()],
  ],
  [
    "the cause may lie in what cannot be seen",
    { cause: "elsewhere" },
    "unknown",
    [service("app", { status: "critical", dependsOn: ["search"], findings: [queue] }), search({ status: "unknown" })],
  ],
  [
    "and then it is not known to lie here either",
    { cause: "here" },
    "unknown",
    [service("app", { status: "critical", dependsOn: ["search"], findings: [queue] }), search({ status: "unknown" })],
  ],
  [
    "a hidden root is elsewhere",
    { cause: "elsewhere" },
    "yes",
    [service("app", { status: "critical" })],
    { rootHidden: true },
  ],
  ["an action that can be run", { offered: "restart" }, "yes", [service("app", { actions: [offer(null)] })]],
  ["one that is blocked", { offered: "restart" }, "no", [service("app", { actions: [offer("nobody is there")] })]],
  ["what could be done then is not kept", { offered: "restart" }, "unknown", [service("app")], { past: true }],
  ["not unknown is unknown", { not: { status: "critical" } }, "unknown", [service("app", { status: "unknown" })]],
  ["a no decides over all", { all: [{ status: "ok" }, { status: "critical" }] }, "no", [service("app")]],
  ["a yes decides over any", { any: [{ metric: "strange", above: 0 }, { status: "ok" }] }, "yes", [service("app")]],
];

describe("a condition of a runbook", () => {
  for (const [promise, condition, wanted, services, more] of table) {
    it(promise, () => {
      const { answer, evidence } = answerOf(condition, scene(services, more), null);
      assert.equal(answer, wanted, JSON.stringify(evidence));
      assert.ok(evidence.length > 0 && evidence.every(({ words }) => words !== ""), "it says why");
    });
  }

  it("tells number, limit and age with its no", () => {
    const { evidence } = answerOf({ finding: "queue" }, scene([service("app")]), null);
    assert.equal(evidence[0]?.words, "requests queued: web-01 3, web-02 0 (warning 10 or more)");
    assert.equal(evidence[0]?.at, now - 1_000);
  });

  it("waits for the next poll after something was done", () => {
    const asked = scene([service("app", { status: "critical", findings: [queue] })]);
    const told = answerOf({ finding: "queue" }, asked, now - 500);
    assert.deepEqual([told.answer, told.waiting], ["unknown", true]);
    assert.equal(answerOf({ finding: "queue" }, asked, now - 5_000).answer, "yes");
  });

  it("holds on to what the trouble began at while that is healed and nothing suffers any more", () => {
    const healing = [service("app", { dependsOn: ["search"] }), search({ status: "critical", findings: [down] })];
    const told = answerOf({ status: "ok", on: "root" }, scene(healing, { rootBefore: "search" }), null);
    assert.equal(told.answer, "no");
    assert.equal(told.evidence[0]?.words, "search: is critical: as always");
  });

  it("keeps the root that is being healed, until it is well or something else explains it", () => {
    const app = service("app", { status: "critical", dependsOn: ["search", "web"], findings: [{ ...down }] });
    const own = [{ ...down, selfMade: true } as const];
    const web = service("web", { status: "critical", since: now - 80_000, dependsOn: ["search"], findings: own });
    const rootOf = (found: SceneService, before: string | null) =>
      scene([app, web, found], { rootBefore: before }).root?.id;
    const unseen = search({ status: "unknown" });
    const broken = search({ status: "critical", findings: [down] });
    assert.equal(rootOf(unseen, null), "web", "nobody heals anything yet");
    assert.equal(rootOf(unseen, "search"), "search", "a poll that is late");
    assert.equal(rootOf(broken, null), "web", "the older of two troubles");
    assert.equal(rootOf(broken, "search"), "search", "the other one is what somebody heals");
    assert.equal(rootOf(search(), "search"), "web", "it is well");
    const felt = { ...web, findings: [down] };
    assert.equal(
      scene([app, felt, broken], { rootBefore: "web" }).root?.id,
      "search",
      "what was seen first was no root",
    );
  });

  it("never says no from what is not known, however it is asked", () => {
    const leaf = fc.constantFrom<Condition>(
      { finding: "queue" },
      { finding: "queue", on: "dependencies" },
      { metric: "queue", above: 1 },
      { status: "critical" },
      { status: "critical", on: "dependencies" },
      { cause: "elsewhere" },
      { cause: "here" },
      { offered: "restart" },
    );
    const { asked } = fc.letrec<{ asked: Condition }>((tie) => ({
      asked: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.record({ all: fc.array(tie("asked"), { minLength: 1, maxLength: 3 }) }),
        fc.record({ any: fc.array(tie("asked"), { minLength: 1, maxLength: 3 }) }),
        fc.record({ not: tie("asked") }),
      ),
    }));
    const unseen = [
      service("app", { status: "unknown", dependsOn: ["search"], findings: [queue], actions: [offer(null)] }),
      search({ status: "unknown" }),
    ];
    fc.assert(
      fc.property(asked, (condition) => {
        const told = answerOf(condition, scene(unseen), null);
        const measured = JSON.stringify(condition).includes("metric");
        assert.equal(told.answer, "unknown", measured ? "a metric of a stale poll" : "a stale board");
      }),
      { numRuns: 300 },
    );
  });
});
