import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyStore } from "#e2e/empty-store.ts";
import { wholeSight } from "#lib/access/sight.ts";
import type { Rule } from "#lib/core/rule.ts";
import { writeBeat } from "#lib/store/beat.ts";
import { insertPolls } from "#lib/store/history.ts";
import { applyServices } from "#lib/store/services.ts";
import { emptyState, writeStates } from "#lib/store/states.ts";
import { explainView } from "#lib/views/explain-view.ts";
import { explainDto } from "#lib/wire/explain.ts";

const now = Date.UTC(2026, 10, 20, 12);
const rule: Rule<unknown> = {
  type: "threshold",
  id: "queue",
  title: "Requests queued",
  unit: "count",
  raise: "above",
  warning: 10,
  critical: 50,
  help: "Help.",
  read: (detail) => [{ node: "web-01", value: (detail as { queue: number }).queue, say: (n) => `${n} queued` }],
};

test("a status is explained from what the store holds: sample, rules with the limits in force, and the cause", async (t) => {
  const store = await emptyStore(t);
  const plain = { kind: "queue", group: null, intervalMs: 5_000, timeoutMs: 1_000, config: {} };
  const finding = {
    rule: "queue",
    severity: "critical",
    node: "web-01",
    message: "web-01: 30 queued (limit 20)",
  } as const;
  const told = { status: "critical", since: now - 60_000, checkedAt: now, findings: [finding] } as const;
  await store.write(async (w) => {
    await applyServices(
      w,
      [
        { ...plain, id: "web", name: "Web", position: 0, dependsOn: [], rules: { queue: { critical: 20 } } },
        { ...plain, id: "lb", name: "Balancer", position: 1, dependsOn: ["web"], rules: {} },
      ],
      now,
    );
    await writeStates(w, [
      { ...emptyState("web"), ...told, detail: { queue: 30 }, detailAt: now - 5_000 },
      { ...emptyState("lb"), ...told },
    ]);
    await writeBeat(w, { beatAt: now, startedAt: now - 60_000, pid: 1, notices: [] });
  });

  const web = await explainView(store, wholeSight, "web", { now }, () => [rule]);
  assert.ok(web.ok);
  explainDto.parse(JSON.parse(JSON.stringify(web.value)));
  assert.deepEqual([web.value.status, web.value.since, web.value.sampleAt], ["critical", now - 60_000, now - 5_000]);
  const [queue] = web.value.rules;
  assert.deepEqual([queue?.limits, queue?.overridden], ["warning 10, critical 20 or more", true]);
  assert.deepEqual([queue?.readings[0]?.value, queue?.readings[0]?.verdict], ["30", "critical"]);
  assert.deepEqual([web.value.cause.role, web.value.cause.symptoms.map(({ name }) => name)], ["root", ["Balancer"]]);

  const lb = await explainView(store, wholeSight, "lb", { now }, () => [rule]);
  assert.ok(lb.ok);
  assert.deepEqual(lb.value.rules, [], "without a sample there is nothing to read rules from");
  assert.deepEqual(lb.value.cause.followed[0]?.evidence, [
    "Balancer is declared to depend on Web",
    "both began at the same time",
  ]);
  const before = now - 30_000;
  await store.write((w) =>
    insertPolls(w, [
      {
        serviceId: "web",
        at: before,
        status: "warning",
        durationMs: 3,
        metrics: {},
        detail: { queue: 12 },
        said: { since: before, summary: "", findings: [], failure: null, detailAt: before },
      },
    ]),
  );
  const then = await explainView(store, wholeSight, "web", { now, at: before + 1_000 }, () => [rule]);
  assert.ok(then.ok);
  assert.deepEqual([then.value.status, then.value.rules[0]?.readings[0]?.value], ["warning", "12"]);
  const gone = await explainView(store, wholeSight, "gone", { now }, () => []);
  assert.equal(gone.ok ? null : gone.error.code, "not-found");
});
