import assert from "node:assert/strict";
import { test } from "node:test";
import { failure } from "#lib/core/failure.ts";
import type { Finding } from "#lib/core/finding.ts";
import { err, ok } from "#lib/core/result.ts";
import { openSymptoms, stillOpen, troubleNow } from "#lib/remediation/symptoms.ts";
import type { FreshPoll } from "#lib/remediation/watcher.ts";

const slow: Finding = { rule: "slow", severity: "critical", node: "web-02", message: "web-02: 9 s" };
const symptoms = [{ serviceId: "health", serviceName: "Health", finding: slow }];

function poll(findings: readonly Finding[], more: Partial<FreshPoll["state"]> = {}): FreshPoll {
  return { collected: { result: ok({ detail: {}, metrics: [] }) }, state: { findings, failure: null, ...more } };
}

function words(fresh: FreshPoll | null): string[] {
  return stillOpen(symptoms, fresh).map(({ finding }) => finding.message);
}

test("a symptom is gone when a believed poll shows its node without it, whatever else is mildly wrong there", () => {
  assert.deepEqual(words(poll([])), []);
  assert.deepEqual(words(poll([{ ...slow, rule: "memory", severity: "warning" }])), []);
  assert.deepEqual(words(poll([{ ...slow, rule: "down", node: "web-01" }])), []);
});

test("a poll that Pitwall itself does not believe proves nothing, although it brought a sample", () => {
  const blind = failure("cannot-see", "Pitwall cannot see it: its own network is lost");
  assert.deepEqual(words(poll([], { failure: blind })), ["web-02: 9 s"]);
  const failed = { ...poll([]), collected: { result: err(failure("timeout", "no answer")) } };
  assert.deepEqual(words(failed), ["web-02: 9 s"]);
  assert.deepEqual(words(null), ["web-02: 9 s"]);
});

test("a node that is critical for another reason now is not called green", () => {
  const down: Finding = { ...slow, rule: "down", message: "web-02: 500" };
  assert.deepEqual(words(poll([down])), ["web-02: 500"]);
});

test("a symptom that maintenance excuses since is not healed by that", () => {
  const excused: Finding = { ...slow, severity: "info", message: "web-02: 9 s (in maintenance)" };
  assert.deepEqual(words(poll([excused])), ["web-02: 9 s (in maintenance)"]);
});

test("a node that cannot be looked at any more is not called green", () => {
  const hidden: Finding = { ...slow, rule: "cannot-look", severity: "warning", selfMade: true, contained: true };
  assert.deepEqual(words(poll([{ ...hidden, message: "web-02: cannot look" }])), ["web-02: cannot look"]);
});

test("what another service says of its own making is no symptom of a remedy here, which could never heal it", () => {
  const expiry: Finding = { ...slow, rule: "certificate-expiry", severity: "warning", selfMade: true, contained: true };
  const full: Finding = { ...slow, rule: "process-memory", severity: "warning", selfMade: true, contained: true };
  const services = [
    { service: { id: "health", name: "Health" }, state: { findings: [slow, expiry] } },
    { service: { id: "web", name: "Web" }, state: { findings: [full, { ...slow, node: "web-01" }] } },
  ];
  const found = openSymptoms(services, "web", "web-02").map(({ serviceId, finding }) => [serviceId, finding.rule]);
  assert.deepEqual(found, [
    ["web", "process-memory"],
    ["health", "slow"],
  ]);
});

test("trouble that stood beside the symptom before the run began does not keep it open", () => {
  const expired: Finding = { ...slow, rule: "certificate-invalid", selfMade: true, message: "web-02: not trusted" };
  const before = troubleNow([{ service: { id: "health", name: "Health" }, state: { findings: [slow, expired] } }]);
  assert.deepEqual(stillOpen(symptoms, poll([expired]), before), []);
  assert.equal(stillOpen(symptoms, poll([slow, expired]), before).length, 1);
});
