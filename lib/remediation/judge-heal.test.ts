import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Finding } from "#lib/core/finding.ts";
import { type HealRule, leastPolls } from "#lib/core/heal.ts";
import { healEndOf } from "#lib/remediation/heal-end.ts";
import {
  type Followed,
  followTargets,
  nothingFollowed,
  paramsFor,
  poolOf,
  redOf,
} from "#lib/remediation/heal-targets.ts";
import { type HealScene, judgeHeal, type RefusalKind } from "#lib/remediation/judge-heal.ts";

const minute = 60_000;
const hour = 60 * minute;
const now = 1_000 * hour;

const rule: HealRule = {
  when: "not-running",
  severity: "warning",
  nodes: null,
  action: "restart-web-server",
  params: {},
  afterMs: minute,
  budget: { hour: 2, day: 5 },
  minHealthy: null,
  warmUpMs: 2 * minute,
  evenIfCaused: false,
  mode: "act",
};

/** A scene in which it heals: one of three is down for two minutes, and nothing is in the way. */
const clear: HealScene = {
  rule,
  stood: { since: now - 2 * minute, polls: 12 },
  confirmed: true,
  flapping: false,
  pool: { size: 3, red: ["web-02"] },
  everything: { size: 10, red: 1, massFailure: 50 },
  distrust: null,
  automationOff: null,
  planned: null,
  acknowledged: null,
  deploy: null,
  cause: null,
  impossible: null,
  inFlight: null,
  actedAt: null,
  turnedDown: null,
  healedAt: [],
  stopped: null,
};

const judged = (change: Partial<HealScene>, at = now) => judgeHeal({ ...clear, ...change }, at);
const kindsOf = (change: Partial<HealScene>): RefusalKind[] => {
  const judgement = judged(change);
  return judgement.kind === "refuse" ? judgement.reasons.map(({ kind }) => kind) : assert.fail(judgement.kind);
};

describe("a heal rule", () => {
  it("starts when what it waits for stood long enough, is confirmed, and nothing is in the way", () => {
    assert.deepEqual(judged({}), { kind: "start" });
  });

  const waits: readonly [string, Partial<HealScene>][] = [
    ["it has not stood long enough", { stood: { since: now - 59_000, polls: 12 } }],
    ["fewer than three polls showed it", { stood: { since: now - 2 * minute, polls: 2 } }],
    ["it is not confirmed", { confirmed: false }],
    ["something is being done to the pool", { inFlight: "“Drain web-01” is under way, by ann" }],
    ["what was done last has not warmed up", { actedAt: now - minute }],
    ["the checks refused it a moment ago", { turnedDown: { at: now - minute, times: 1 } }],
    ["the checks refused it again and again", { turnedDown: { at: now - 30 * minute, times: 4 } }],
  ];
  for (const [why, change] of waits) {
    it(`waits while ${why}`, () => assert.equal(judged(change).kind, "wait"));
  }

  const refusals: readonly [RefusalKind, Partial<HealScene>][] = [
    ["automation-off", { automationOff: "automation is off, by ann: a deploy" }],
    ["distrust", { distrust: "Pitwall cannot see" }],
    ["mass-failure", { everything: { size: 5, red: 3, massFailure: 50 } }],
    ["min-healthy", { pool: { size: 3, red: ["web-02", "web-03"] } }],
    ["caused", { cause: "it starts at PostgreSQL" }],
    ["maintenance", { planned: "it is in maintenance" }],
    ["acknowledged", { acknowledged: "ann has taken it" }],
    ["deploy", { deploy: "deploy 4711, 2 min ago" }],
    ["flapping", { flapping: true, confirmed: false }],
    ["impossible", { impossible: "not on a Friday" }],
  ];
  for (const [kind, change] of refusals) {
    it(`refuses by ${kind}, and says so in words`, () => {
      const judgement = judged(change);
      assert.deepEqual(kindsOf(change), [kind]);
      assert.ok(judgement.kind === "refuse" && (judgement.reasons[0]?.words.length ?? 0) > 5);
    });
  }

  it("names every reason at once", () => {
    assert.deepEqual(
      kindsOf(Object.assign({}, ...refusals.map(([, change]) => change))),
      refusals.map(([kind]) => kind),
    );
  });

  it("60 % pool red => no heal", () => {
    const red = ["a", "b", "c"];
    assert.deepEqual(kindsOf({ pool: { size: 5, red } }), ["min-healthy"]);
    const told = judged({ pool: { size: 5, red } });
    assert.match(
      told.kind === "refuse" ? (told.reasons[0]?.words ?? "") : "",
      /^2 of 5 are well, 40 % \(at least 51 %\)/,
    );
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 200 }), fc.integer({ min: 1, max: 200 }), (size, count) => {
        fc.pre(count <= size);
        const judgement = judged({ pool: { size, red: Array.from({ length: count }, (_, at) => `n${at}`) } });
        assert.equal(judgement.kind === "start", (size - count) * 100 >= size * 51);
      }),
    );
  });

  it("of one node alone no share can be well, so it heals; of two it takes the rule's word", () => {
    assert.equal(judged({ pool: { size: 1, red: ["app"] } }).kind, "start");
    assert.deepEqual(kindsOf({ pool: { size: 2, red: ["a"] } }), ["min-healthy"]);
    assert.equal(judged({ pool: { size: 2, red: ["a"] }, rule: { ...rule, minHealthy: 50 } }).kind, "start");
  });

  it("takes a few red services for no mass failure, however few there are", () => {
    assert.equal(judged({ everything: { size: 2, red: 2, massFailure: 50 } }).kind, "start");
    assert.equal(judged({ everything: { size: 6, red: 3, massFailure: 50 } }).kind, "start");
    assert.deepEqual(kindsOf({ everything: { size: 5, red: 3, massFailure: 50 } }), ["mass-failure"]);
  });

  it("heals a symptom only where the rule says so", () => {
    assert.equal(judged({ cause: "it starts at PG", rule: { ...rule, evenIfCaused: true } }).kind, "start");
  });

  it("stops itself when its budget is spent, and stays so; one that observes only says it", () => {
    const spent = { healedAt: [now - 50 * minute, now - 10 * minute] };
    assert.equal(judged(spent).kind, "stop");
    assert.equal(judged({ healedAt: [now - 61 * minute, now - 10 * minute] }).kind, "start");
    assert.equal(judged({ healedAt: [20, 15, 10, 5, 2].map((hours) => now - hours * hour) }).kind, "stop");
    assert.equal(judged({ ...spent, stopped: "healed 2 times" }).kind, "stopped");
    assert.equal(judged({ stopped: "healed 2 times", automationOff: "off" }).kind, "stopped");
    assert.deepEqual(kindsOf({ ...spent, rule: { ...rule, mode: "observe" } }), ["budget"]);
  });

  it("is never stopped by what it would not have healed anyway", () => {
    assert.equal(judged({ healedAt: [now - 2, now - 1], automationOff: "off" }).kind, "refuse");
  });
});

describe("for any sequence of events", () => {
  const holds = fc.constantFrom<Partial<HealScene>>(
    ...[
      {},
      {},
      {},
      { automationOff: "off" },
      { distrust: "blind" },
      { everything: { size: 5, red: 4, massFailure: 50 } },
    ],
    ...[{ pool: { size: 5, red: ["a", "b", "c"] } }, { planned: "maintenance" }],
  );
  const event = fc.record({
    afterMs: fc.integer({ min: 0, max: 40 * minute }),
    hold: holds,
    /** Which of the pool's members is in trouble. */
    node: fc.constantFrom("web-01", "web-02", "web-03"),
    tookMs: fc.integer({ min: 1, max: 20 * minute }),
    acknowledge: fc.boolean(),
  });
  const budgets = fc
    .record({ hour: fc.integer({ min: 1, max: 4 }), day: fc.integer({ min: 1, max: 8 }) })
    .filter(({ hour, day }) => hour <= day);

  it("never more than the budget in any window, never two in flight in a pool, never while held", () => {
    fc.assert(
      fc.property(budgets, fc.array(event, { maxLength: 120 }), (budget, events) => {
        let at = now;
        let stopped: string | null = null;
        let acknowledgedAt = 0;
        const heals: { from: number; to: number; since: number }[] = [];
        for (const { afterMs, hold, tookMs, acknowledge } of events) {
          at += afterMs;
          if (acknowledge && stopped !== null) {
            stopped = null;
            acknowledgedAt = at;
          }
          const busy = heals.some(({ to }) => to > at);
          const scene: HealScene = {
            ...clear,
            ...hold,
            rule: { ...rule, budget },
            stood: { since: at - hour, polls: 9 },
            inFlight: busy ? "under way" : null,
            actedAt: heals.length === 0 || busy ? null : Math.max(...heals.map(({ to }) => to)),
            healedAt: heals.map(({ from }) => from).filter((from) => from >= acknowledgedAt),
            stopped,
          };
          const judgement = judgeHeal(scene, at);
          if (judgement.kind === "stop") stopped = judgement.words;
          if (judgement.kind !== "start") continue;
          assert.ok(!busy, "two in flight");
          assert.equal(Object.keys(hold).length, 0, "started while held");
          heals.push({ from: at, to: at + tookMs, since: acknowledgedAt });
        }
        for (const { from, since } of heals) {
          const within = (ms: number) =>
            heals.filter((one) => one.since === since && one.from >= from && one.from < from + ms).length;
          assert.ok(within(hour) <= budget.hour, `${within(hour)} within an hour`);
          assert.ok(within(24 * hour) <= budget.day, `${within(24 * hour)} within a day`);
        }
      }),
    );
  });
});

describe("what a rule heals", () => {
  const finding = (node: string, more: Partial<Finding> = {}): Finding => ({
    rule: "not-running",
    severity: "critical",
    node,
    message: "is not running",
    ...more,
  });
  const poll = (at: number, ...findings: Finding[]) => ({ at, findings, failed: false });
  const after = (polls: readonly ReturnType<typeof poll>[], actedAt: number | null = null): Followed =>
    polls.reduce((followed, one) => followTargets(followed, rule, one, actedAt), nothingFollowed);
  const stood = (followed: Followed) => [...followed.stood.values()].map(({ since, polls }) => ({ since, polls }));

  it("is counted by polls without a break", () => {
    assert.deepEqual(stood(after([poll(1, finding("a")), poll(2, finding("a")), poll(3, finding("a"))])), [
      { since: 1, polls: 3 },
    ]);
    assert.deepEqual(stood(after([poll(1, finding("a")), poll(2), poll(3, finding("a"))])), [{ since: 3, polls: 1 }]);
    const failed = { at: 2, findings: [], failed: true };
    assert.deepEqual(stood(after([poll(1, finding("a")), failed, poll(3, finding("a"))])), [{ since: 1, polls: 2 }]);
    assert.deepEqual(
      stood(after([poll(1, finding("a")), poll(1, finding("a"))])),
      [{ since: 1, polls: 1 }],
      "the same poll",
    );
  });

  it("counters after restart: what was seen before something was done counts for nothing", () => {
    const before = after([poll(1, finding("a")), poll(2, finding("a"))]);
    assert.deepEqual(stood(followTargets(before, rule, poll(2, finding("a")), 2)), []);
    const later = followTargets(before, rule, poll(5, finding("a")), 3);
    assert.deepEqual(stood(later), [{ since: 5, polls: 1 }]);
    assert.deepEqual(stood(followTargets(before, rule, poll(3, finding("a")), 3)), [], "a poll that ended meanwhile");
  });

  it("is only what the rule names: no note, no milder one, no other node", () => {
    const only = (change: Partial<HealRule>, one: Finding) =>
      followTargets(nothingFollowed, { ...rule, ...change }, poll(1, one), null).stood.size;
    assert.equal(only({}, finding("a", { severity: "info" })), 0);
    assert.equal(only({ severity: "critical" }, finding("a", { severity: "warning" })), 0);
    assert.equal(only({ nodes: ["b"] }, finding("a")), 0);
    assert.equal(only({ nodes: ["a"] }, finding("a")), 1);
    assert.equal(only({}, finding("a", { rule: "queue" })), 0);
  });

  const options = ["web-01", "web-02"].map((node) => ({ value: `learn/${node}`, label: node, node }));
  const offer = { params: [{ name: "server", label: "Server", options }], blocked: null };

  it("fills in the action's parameters from the finding, and says what is missing", () => {
    assert.deepEqual(paramsFor(rule, finding("web-02", { subject: "learn" }), offer), {
      ok: true,
      value: { server: "learn/web-02" },
    });
    const suggests = finding("web-02", { action: { id: rule.action, params: { server: "learn/web-01" } } });
    assert.deepEqual(paramsFor(rule, suggests, offer), { ok: true, value: { server: "learn/web-01" } });
    assert.ok(!paramsFor(rule, finding("web-09"), offer).ok);
    assert.ok(!paramsFor({ ...rule, params: { server: "learn/gone" } }, finding("web-02"), offer).ok);
    assert.deepEqual(paramsFor(rule, finding("web-02"), { ...offer, blocked: "not now" }), {
      ok: false,
      error: "not now",
    });
  });

  it("takes the usual value where nobody says otherwise, and picks only what a rule may", () => {
    const unit = {
      name: "unit",
      label: "Unit",
      options: [
        { value: "web-01/apache2.service", label: "apache2.service", node: "web-01" },
        { value: "web-01/cron.service", label: "cron.service", node: "web-01", heal: false as const },
      ],
    };
    const failures = {
      name: "failures",
      label: "Failures",
      options: ["keep", "if-given-up"].map((value) => ({ value, label: value })),
      byRule: "if-given-up",
    };
    const restarts = { params: [unit, failures], blocked: null };
    assert.deepEqual(paramsFor(rule, finding("web-01"), restarts), {
      ok: true,
      value: { unit: "web-01/apache2.service", failures: "if-given-up" },
    });
    const told = paramsFor({ ...rule, params: { failures: "keep" } }, finding("web-01"), restarts);
    assert.equal(told.ok && told.value.failures, "keep");
  });

  it("is one of a pool: the service's own nodes, or what the action could be done to", () => {
    assert.deepEqual(poolOf(["web-01", "web-02"], undefined, finding("web-02")), ["web-01", "web-02"]);
    assert.deepEqual(poolOf(["lb-1"], offer, finding("web-02", { subject: "learn" })), ["web-01", "web-02"]);
    const red = redOf(["web-01", "web-02", "web-03"], rule, [
      finding("web-01"),
      finding("web-02", { rule: "queue", severity: "warning" }),
      finding("web-03", { rule: "cannot-look", severity: "warning", selfMade: true, contained: true }),
    ]);
    assert.deepEqual(red, ["web-01", "web-03"]);
  });
});

describe("what came of a heal", () => {
  const done = [{ id: "s", title: "S", does: "", state: "done", evidence: null, startedAt: 1, finishedAt: 2 }] as const;
  const run = { verdict: "v", steps: done, cancelRequested: false, finishedAt: now, left: [] };
  const end = (change: object, says: "gone" | "stands" | "unseen" = "gone", at = now, polls = leastPolls) =>
    healEndOf({ ...run, state: "succeeded", ...change }, { says, polls }, minute, at).outcome;

  it("is told by the polls that follow, not by the run alone", () => {
    assert.equal(end({}), "healed");
    assert.equal(end({}, "stands"), "running");
    assert.equal(end({}, "stands", now + minute), "did-not-help");
    assert.equal(end({}, "unseen", now + minute), "did-not-help");
    assert.equal(end({ state: "running", finishedAt: null }), "running");
  });

  it("is not told by a poller that is late: it waits for polls, not for the clock alone", () => {
    for (const says of ["stands", "unseen"] as const) {
      for (const polls of [0, leastPolls - 1]) assert.equal(end({}, says, now + 60 * minute, polls), "running");
      assert.equal(end({}, says, now + 60 * minute, leastPolls), "did-not-help");
    }
  });

  it("is a failure whenever something was begun and not proven, and a turning down when nothing was", () => {
    const waiting = done.map((step) => ({ ...step, state: "waiting" as const }));
    for (const state of ["failed-clean", "failed-partial", "unknown", "cancelled-clean"])
      assert.equal(end({ state }), "failed");
    assert.equal(end({ state: "succeeded-not-fixed" }), "did-not-help");
    for (const state of ["refused", "expired", "failed-clean", "cancelled-clean"]) {
      assert.equal(end({ state, steps: waiting }), "refused", state);
    }
    assert.equal(
      end({ state: "cancelled-clean", steps: waiting, cancelRequested: true }),
      "failed",
      "a person stopped it",
    );
  });

  it("of a run whose proof was cut off by the poller's own stop, the next polls tell", () => {
    assert.equal(end({ state: "cancelled-partial" }), "healed");
    assert.equal(end({ state: "cancelled-partial" }, "stands", now + minute), "did-not-help");
    assert.equal(end({ state: "cancelled-partial", cancelRequested: true }), "failed");
  });
});
