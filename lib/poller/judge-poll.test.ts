import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { failure } from "#lib/core/failure.ts";
import { err, ok } from "#lib/core/result.ts";
import { judgeNext, type RuleMemory } from "#lib/core/rule.ts";
import { defaultPolicy, emptyMemory, nextState } from "#lib/core/state.ts";
import type { Action, Manifest, Metric, Sample } from "#lib/integrations/integration.ts";
import { type JudgeInput, judgePoll } from "#lib/poller/judge-poll.ts";
import { statusOf } from "#lib/poller/status-of.ts";
import { extendTrend, metricKey } from "#lib/poller/trend.ts";
import { emptyState } from "#lib/store/states.ts";
import { maxTrendSeries, RecentTrend, trendPoints, unpackTrend } from "#lib/store/trend.ts";

const begin = Date.UTC(2026, 10, 20, 12);

const manifest: Manifest = {
  kind: "x",
  title: "X",
  about: "",
  config: z.unknown(),
  metrics: { n: { title: "N", unit: "count", trend: true }, hidden: { title: "H", unit: "count" } },
  rules: [
    {
      type: "threshold",
      id: "too-many",
      title: "Too many",
      unit: "count",
      raise: "above",
      warning: 5,
      critical: 10,
      help: "",
      read: (detail) => [{ node: "a", value: (detail as { n: number }).n, say: (n) => `${n} waiting` }],
    },
  ],
  nodes: () => ["a"],
  summarise: (detail) => `n is ${(detail as { n: number }).n}`,
  columns: 3,
};

const restart: Action = {
  id: "restart",
  title: "Restart",
  about: "",
  risk: "low",
  offer: (_config, detail) => ({ params: [], blocked: detail === null ? "nothing was seen yet" : null }),
  plan: () => err(failure("no-such-object", "")),
};

function sample(n: number): Sample {
  return { detail: { n }, metrics: [{ id: "n", node: "a", value: n }] };
}

function input(more: Partial<JudgeInput>): JudgeInput {
  return {
    service: {
      id: "s",
      kind: "x",
      name: "S",
      group: null,
      dependsOn: [],
      intervalMs: 1_000,
      timeoutMs: 800,
      retryMs: 1_000,
      policy: defaultPolicy,
      rules: {},
      config: {},
    },
    manifest,
    actions: [restart],
    before: emptyState("s"),
    result: ok(sample(1)),
    at: 1_000,
    durationMs: 3,
    counts: true,
    held: false,
    look: () => undefined,
    alarms: () => [],
    planned: { covers: () => false, excuse: (findings) => [...findings] },
    ...more,
  };
}

describe("a poll", () => {
  it("that brought nothing back is unknown, neither ok nor critical, and keeps the last good detail with its age", () => {
    const good = judgePoll(input({ result: ok(sample(20)) })).state;
    const { state, events } = judgePoll(
      input({ before: good, at: 2_000, result: err(failure("refused", "nothing listens on 10.0.0.5:80")) }),
    );
    assert.equal(good.status, "critical");
    assert.equal(state.status, "unknown");
    assert.equal(state.summary, "nothing listens on 10.0.0.5:80");
    assert.deepEqual([state.detail, state.detailAt, state.checkedAt], [{ n: 20 }, 1_000, 2_000]);
    const [event] = events;
    assert.deepEqual([event?.from, event?.to, event?.text], ["critical", "unknown", `S is unknown: ${state.summary}`]);
    assert.equal(state.actions[0]?.blocked, null);
  });

  it("is as bad as its worst finding, with number and limit", () => {
    assert.equal(judgePoll(input({ result: ok(sample(1)) })).state.status, "ok");
    const { state } = judgePoll(input({ result: ok(sample(7)) }));
    assert.equal(state.status, "warning");
    assert.match(state.findings[0]?.message ?? "", /a: 7 waiting \(limit 5\)/);
  });

  it("keeps the time since when it is so", () => {
    const first = judgePoll(input({})).state;
    const second = judgePoll(input({ before: first, at: 9_000 })).state;
    assert.equal(second.since, 1_000);
    const third = judgePoll(input({ before: second, at: 10_000, result: ok(sample(7)) })).state;
    assert.equal(third.since, 10_000);
  });

  it("notes a critical dependency without becoming worse itself", () => {
    const service = { ...input({}).service, dependsOn: ["db", "mq"] };
    const look = (id: string) => ({
      name: id.toUpperCase(),
      status: id === "db" ? ("critical" as const) : ("ok" as const),
    });
    const { state } = judgePoll(input({ service, look }));
    assert.equal(state.status, "ok");
    assert.deepEqual(state.findings, [
      {
        rule: "dependency",
        severity: "info",
        subject: "db",
        message: "depends on DB, which is critical",
        pointsAt: "db",
      },
    ]);
  });

  it("is kept whole each time, a failed one with the last good detail and its age", () => {
    const first = judgePoll(input({}));
    const second = judgePoll(input({ before: first.state, at: 2_000 }));
    assert.deepEqual([second.poll.detail, second.poll.metrics], [second.state.detail, { "n|a|": 1 }]);
    const failed = judgePoll(input({ before: second.state, at: 3_000, result: err(failure("timeout", "no answer")) }));
    assert.deepEqual(failed.poll.detail, second.state.detail);
    const { since, summary, findings, detailAt, memory } = failed.state;
    const { hard, attempt, flapping } = memory;
    assert.deepEqual(failed.poll.said, {
      since,
      summary,
      findings,
      failure: failed.state.failure,
      detailAt,
      confirmation: { hard, attempt, flapping },
    });
    assert.equal(detailAt, 2_000);
  });

  it("is shown at once, told as seen, and told again when it is confirmed", () => {
    let { state } = judgePoll(input({}));
    const told: (string | undefined)[] = [];
    for (const [index, n] of [20, 20, 20, 1, 1].entries()) {
      const judged = judgePoll(input({ before: state, at: 2_000 + index * 1_000, result: ok(sample(n)) }));
      assert.equal(judged.state.status, n === 20 ? "critical" : "ok");
      told.push(...judged.events.map(({ from, to, state: sure }) => `${from}→${to} ${sure}`));
      ({ state } = judged);
    }
    assert.deepEqual(told, ["ok→critical soft", "ok→critical hard", "critical→ok soft", "critical→ok hard"]);
  });

  it("that brings nothing back for as long as the policy allows is critical, with its number and limit", () => {
    const service = { ...input({}).service, policy: { ...defaultPolicy, unknown: { criticalAfterMs: 2_000 } } };
    let { state } = judgePoll(input({ service }));
    for (const at of [2_000, 3_000, 4_000]) {
      ({ state } = judgePoll(input({ service, before: state, at, result: err(failure("timeout", "no answer")) })));
    }
    assert.equal(state.status, "critical");
    assert.deepEqual(
      state.findings.map(({ rule, message }) => [rule, message]),
      [["silent", "nothing is known for 2.0 s (limit 2.0 s)"]],
    );
  });

  it("is ok only without failure and without raised findings", () => {
    const severities = fc.array(fc.constantFrom("info" as const, "warning" as const, "critical" as const));
    fc.assert(
      fc.property(severities, fc.boolean(), (all, failed) => {
        const findings = all.map((severity) => ({ rule: "r", severity, message: "" }));
        const status = statusOf(failed ? failure("timeout", "") : null, findings);
        assert.equal(status === "ok", !failed && all.every((severity) => severity === "info"));
        assert.equal(status === "unknown", failed);
      }),
    );
  });
});

describe("a trend", () => {
  const specs = manifest.metrics;
  const keyed = (metrics: readonly Metric[]) =>
    Object.fromEntries(metrics.map((metric) => [metricKey(metric), metric.value]));

  it("never holds more points than it may, each series as many as there are times, and is stored as it is", () => {
    const metric = fc.record({
      id: fc.constantFrom("n", "hidden"),
      node: fc.constantFrom("a", "b", "c"),
      value: fc.option(fc.double()),
    });
    fc.assert(
      fc.property(fc.array(fc.array(metric, { maxLength: 5 }), { maxLength: 150 }), fc.nat(150), (polls, stop) => {
        let trend = new RecentTrend();
        for (const [i, metrics] of polls.entries()) {
          extendTrend(trend, { at: begin + i * 1_000, status: "ok", metrics: keyed(metrics) }, specs);
          // A poller that ends and begins anew goes on where it was.
          if (i === stop) trend = RecentTrend.from(unpackTrend(trend.pack()));
        }
        const { at, status, series } = unpackTrend(trend.pack());
        const names = Object.fromEntries(Object.keys(series).map((key) => [key, null]));
        assert.deepEqual(trend.outline(), { at, status, series: names });
        assert.equal(at.length, Math.min(polls.length, trendPoints));
        assert.equal(at.at(-1) ?? begin, begin + Math.max(0, polls.length - 1) * 1_000);
        assert.equal(status.length, at.length);
        for (const [key, values] of Object.entries(series)) {
          assert.equal(values.length, at.length);
          assert.ok(key.startsWith("n|"));
          assert.ok(values.every((value) => value === null || Number.isFinite(value)));
          assert.ok(values.some((value) => value !== null) || key in keyed(polls.at(-1) ?? []));
        }
      }),
    );
  });

  it("is bounded against a target that invents names, at once and poll by poll", () => {
    const trend = new RecentTrend();
    for (let poll = 0; poll < 5; poll += 1) {
      const metrics = Array.from({ length: 1_000 }, (_, i) => ({ id: "n", node: `n${poll}-${i}`, value: 1 }));
      extendTrend(trend, { at: begin + poll, status: "ok", metrics: keyed(metrics) }, specs);
      assert.equal(Object.keys(trend.outline().series).length, maxTrendSeries);
    }
    assert.ok("n|n4-0|" in trend.outline().series);
  });

  it("shows what was not measured as a hole, never as zero, and forgets what is gone for good", () => {
    const trend = new RecentTrend();
    extendTrend(trend, { at: begin, status: "ok", metrics: keyed(sample(4).metrics) }, specs);
    extendTrend(trend, { at: begin + 1_000, status: "unknown", metrics: {} }, specs);
    assert.deepEqual(unpackTrend(trend.pack()), {
      at: [begin, begin + 1_000],
      status: ["ok", "unknown"],
      series: { "n|a|": [4, null] },
    });
    for (let i = 2; i < 70; i += 1)
      extendTrend(trend, { at: begin + i * 1_000, status: "unknown", metrics: {} }, specs);
    assert.deepEqual(trend.outline().series, {});
  });

  it("that was stored before trends were packed is read on", () => {
    const old = { at: [begin + 400], status: ["critical" as const], series: { "n|a|": [4.5678] } };
    assert.deepEqual(unpackTrend(JSON.stringify(old)), { ...old, at: [begin], series: { "n|a|": [4.57] } });
  });
});

describe("what history keeps", () => {
  const limits = fc.record({
    clear: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
    for: fc.option(fc.integer({ min: 0, max: 5_000 }), { nil: undefined }),
  });
  const confirm = fc.constantFrom({ after: 3, recover: 2 }, { after: 1, recover: 1 }, { fails: 3, of: 5 });
  const criticalAfterMs = fc.constantFrom(null, 2_000);

  it("gives the stored statuses again when it is replayed through the rules", () => {
    const samples = fc.array(fc.option(fc.nat(15)), { maxLength: 60 });
    fc.assert(
      fc.property(samples, limits, confirm, criticalAfterMs, (numbers, override, how, silent) => {
        const policy = { ...defaultPolicy, confirm: how, unknown: { criticalAfterMs: silent } };
        const service = { ...input({}).service, policy, rules: { "too-many": override } };
        let before = emptyState("s");
        const polls = numbers.map((n, index) => {
          const result = n === null ? err(failure("timeout", "no answer")) : ok(sample(n));
          const judged = judgePoll(input({ service, before, at: 1_000 + index * 1_000, result }));
          before = judged.state;
          return judged.poll;
        });
        let memory = emptyMemory;
        let ruleMemory: RuleMemory = {};
        for (const { at, detail, status, said } of polls) {
          const failed = said?.failure ?? null;
          const judgement =
            failed === null
              ? judgeNext(detail, manifest.rules, service.rules, ruleMemory, at)
              : { findings: [], memory: ruleMemory };
          ruleMemory = judgement.memory;
          const seen = statusOf(failed, judgement.findings);
          memory = nextState(memory, { at, status: seen, counts: true, held: false }, policy);
          assert.equal(memory.status, status);
          const { hard, attempt, flapping } = memory;
          assert.deepEqual(said?.confirmation, { hard, attempt, flapping });
        }
      }),
    );
  });
});
