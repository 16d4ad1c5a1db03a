import assert from "node:assert/strict";
import { test } from "node:test";
import { failure } from "#lib/core/failure.ts";
import type { Finding } from "#lib/core/finding.ts";
import { err, ok } from "#lib/core/result.ts";
import { type Beside, neighboursOf, newlyRed, redNow } from "#lib/remediation/neighbours.ts";
import { prove } from "#lib/remediation/prove.ts";
import type { FreshPoll, WatchedService } from "#lib/remediation/watcher.ts";

const service = (id: string, dependsOn: readonly string[] = [], nodes: readonly string[] = []): Beside => ({
  service: { id, name: id.toUpperCase(), dependsOn },
  nodes,
});

test("neighbours are who shares a node, who depends on it however far, and what it depends on", () => {
  const services = [
    service("pg", ["disk"], ["pg-a", "pg-b"]),
    service("disk"),
    service("web", ["pg"], ["web-01"]),
    service("lb", ["web"]),
    service("hosts", [], ["pg-b", "web-01"]),
    service("mail", ["disk"]),
    service("loop", ["lb", "loop"]),
  ];
  assert.deepEqual(neighboursOf(services, "pg"), ["disk", "web", "lb", "hosts", "loop"]);
  assert.deepEqual(neighboursOf(services, "mail"), ["disk"]);
  assert.deepEqual(neighboursOf(services, "nobody"), []);
});

const down: Finding = { rule: "down", severity: "critical", node: "web-01", message: "web-01: 500" };

function poll(findings: readonly Finding[]): FreshPoll {
  return { collected: { result: ok({ detail: {}, metrics: [] }) }, state: { findings, failure: null } };
}

test("new red is what is critical now and was not before; a warning that became critical is new, what ran before is not", () => {
  const who = { id: "web", name: "Web" };
  const before = redNow([{ service: { id: "web" }, state: { findings: [{ ...down, severity: "warning" }] } }]);
  assert.deepEqual(newlyRed(who, poll([down]), before), ["Web: web-01: 500"]);
  const red = redNow([{ service: { id: "web" }, state: { findings: [down] } }]);
  assert.deepEqual(newlyRed(who, poll([down, { ...down, severity: "warning", rule: "slow" }]), red), []);
  assert.deepEqual(newlyRed(who, poll([{ ...down, subject: "run:7" }]), new Set()), []);
});

test("a neighbour that cannot be seen is not called worse", () => {
  const who = { id: "web", name: "Web" };
  const blind = { ...poll([down]), collected: { result: err(failure("timeout", "no answer")) } };
  assert.deepEqual([newlyRed(who, blind, new Set()), newlyRed(who, null, new Set())], [[], []]);
});

/** A run on `pg` that is proven by its own probe, with one service beside it. */
async function proven(beside: () => readonly Finding[], more: object = {}) {
  const notes: string[] = [];
  const watched = new Map(
    [service("pg", [], ["pg-a"]), service("web", ["pg"])].map(({ service: own, nodes }) => [
      own.id,
      {
        service: { ...own, config: {} },
        integration: { manifest: { nodes: () => nodes } },
      } as unknown as WatchedService,
    ]),
  );
  const probe = async () => ({ holds: true, evidence: "pg-a takes writes" });
  const parts = {
    plan: { heals: false, verify: { title: "it moved", consecutive: 1, everyMs: 1, timeoutMs: 1_000, probe }, ...more },
    symptoms: [],
    before: new Set(),
    redBefore: new Set(),
    serviceId: "pg",
    patienceMs: 600,
    watcher: { watched: () => watched, pollNow: async () => poll(beside()) },
    contextFor: () => ({}),
    journal: {
      note: (_kind: string, line: string) => notes.push(line),
      commit: async () => undefined,
      redact: (text: string) => text,
    },
    cancel: new AbortController().signal,
  };
  return { proof: await prove(parts as unknown as Parameters<typeof prove>[0]), notes };
}

test("a remedy that had its effect and made something beside it worse is not called a success", async () => {
  const { proof } = await proven(() => [down]);
  assert.equal(proof.kind, "made-worse");
  assert.match(
    proof.kind === "made-worse" ? proof.words : "",
    /^it moved .*pg-a takes writes\. But it is not proven within .*Nothing beside it got worse; last seen: WEB: web-01: 500/,
  );
});

test("what was red beside it for a moment is forgiven, and what may suffer on purpose is not looked at", async () => {
  let looks = 0;
  const { proof, notes } = await proven(() => (++looks === 1 ? [down] : []));
  assert.equal(proof.kind, "proven");
  assert.deepEqual(
    notes.filter((line) => line.startsWith("Nothing beside")),
    [
      "Nothing beside it got worse: not yet · WEB: web-01: 500",
      "Nothing beside it got worse: 1 of 2 · 1 looked at",
      "Nothing beside it got worse: 2 of 2 · 1 looked at",
    ],
  );
  assert.equal((await proven(() => [down], { neighbours: "may suffer" })).proof.kind, "proven");
});
