import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import type { ServiceConfig } from "#lib/config/model.ts";
import { failure } from "#lib/core/failure.ts";
import type { Finding } from "#lib/core/finding.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { judgeNext, type RuleMemory } from "#lib/core/rule.ts";
import { defaultPolicy, emptyMemory, nextState } from "#lib/core/state.ts";
import { haproxyConfig } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyDetail } from "#lib/integrations/haproxy/detail.ts";
import { observe } from "#lib/integrations/haproxy/observe.ts";
import { parseStatCsv } from "#lib/integrations/haproxy/parse.ts";
import type { Sample } from "#lib/integrations/integration.ts";
import { registry } from "#lib/integrations/registry.ts";
import { judgePoll } from "#lib/poller/judge-poll.ts";
import { statusOf } from "#lib/poller/status-of.ts";
import { insertPolls, listPolls, prepareFold, storeFolds } from "#lib/store/history.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore } from "#lib/store/open-store.ts";
import { applyServices } from "#lib/store/services.ts";
import { emptyState } from "#lib/store/states.ts";

const { manifest } = registry.haproxy ?? assert.fail();
const from = Date.UTC(2026, 10, 20, 16);
const folder = path.join(import.meta.dirname, "incident-overload");
const config = haproxyConfig.parse({
  processes: [{ name: "lb-1", socket: "/run/haproxy.sock" }],
  ignore: ["stats", "prom"],
});
const service: ServiceConfig = {
  id: "lb",
  kind: "haproxy",
  name: "Load balancer",
  group: null,
  dependsOn: [],
  intervalMs: 1_000,
  timeoutMs: 1_000,
  retryMs: 500,
  policy: { ...defaultPolicy, unknown: { criticalAfterMs: 2_000 } },
  rules: {},
  config,
};

/** The recorded overload five times over, with a balancer that does not answer between them. */
function* recorded(): Generator<{ readonly at: number; readonly result: Result<Sample> }> {
  const files = readdirSync(folder).filter((file) => file.endsWith(".haproxy.csv"));
  let before: HaproxyDetail | undefined;
  let at = from;
  for (let round = 0; round < 5; round += 1) {
    for (const file of files.sort()) {
      at += 1_000;
      const rows = parseStatCsv(readFileSync(path.join(folder, file), "utf8"));
      assert.ok(rows.ok);
      before = observe(config, [ok({ rows: rows.value, info: null, level: null, states: null })], before, at);
      yield { at, result: ok({ detail: before, metrics: [] }) };
    }
    for (let silent = 0; silent < 5; silent += 1) {
      at += 1_000;
      yield { at, result: err(failure("timeout", "no answer within 1 s")) };
    }
  }
}

test("replaying what the store kept of an incident through the rules gives the statuses that the store kept", async (t) => {
  const home = mkdtempSync(path.join(tmpdir(), "pitwall-replay-"));
  const file = path.join(home, "pitwall.db");
  await migrateStore(file);
  const store = await openStore({ file });
  t.after(async () => {
    await store.close();
    rmSync(home, { recursive: true, force: true });
  });
  let before = emptyState("lb");
  const planned = { covers: () => false, excuse: (findings: readonly Finding[]) => [...findings] };
  const parts = { service, manifest, actions: [], counts: true, held: false, planned, durationMs: 3 };
  const judged = [...recorded()].map(({ at, result }) => {
    const one = judgePoll({ ...parts, before, result, at, look: () => undefined, alarms: () => [] });
    before = one.state;
    return one.poll;
  });
  await store.write(async (writing) => {
    const { id, kind, name, group, dependsOn, intervalMs, timeoutMs, rules } = service;
    const row = { id, kind, name, group, dependsOn, intervalMs, timeoutMs, rules, position: 0, config: {} };
    await applyServices(writing, [row], from);
    await insertPolls(writing, judged);
  });
  const fold = await store.read(async (reading) => prepareFold(reading, "lb", from));
  assert.ok(fold !== null, "enough polls to fold some into a block");
  await store.write((writing) => storeFolds(writing, [fold]));
  const polls = await store.read((reading) => listPolls(reading, "lb", { from, to: from + 3_600_000, limit: 1_000 }));
  assert.equal(polls.length, judged.length);
  assert.deepEqual(new Set(polls.map(({ status }) => status)), new Set(["warning", "critical", "unknown"]));

  let memory = emptyMemory;
  let ruleMemory: RuleMemory = {};
  for (const { at, detail, status, said } of polls) {
    const failed = said?.failure ?? null;
    const judgement =
      failed === null
        ? judgeNext(detail, manifest.rules, service.rules, ruleMemory, at)
        : { findings: [], memory: ruleMemory };
    ruleMemory = judgement.memory;
    memory = nextState(
      memory,
      { at, status: statusOf(failed, judgement.findings), counts: true, held: false },
      service.policy,
    );
    const { hard, attempt, flapping } = memory;
    assert.deepEqual(
      { at, status: memory.status, confirmation: { hard, attempt, flapping } },
      { at, status, confirmation: said?.confirmation },
    );
  }
});
