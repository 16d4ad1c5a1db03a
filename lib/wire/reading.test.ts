import assert from "node:assert/strict";
import { test } from "node:test";
import { findingsAbout, offersFor, overlayOf, seriesOf, severityOf } from "#lib/wire/reading.ts";

const findings = [
  {
    rule: "queue",
    severity: "warning" as const,
    node: "web-01",
    subject: "learn",
    message: "web-01: 21 requests queued",
  },
  { rule: "restarted", severity: "info" as const, node: "web-01", message: "web-01: was reloaded" },
  {
    rule: "backend-down",
    severity: "critical" as const,
    subject: "learn",
    message: "learn: 0 of 3 servers in rotation",
  },
];

test("a thing nobody objects to has no severity", () => {
  assert.equal(severityOf(findings, { node: "web-02" }), null);
});

test("the worst finding about a thing decides, and only those about it", () => {
  assert.equal(severityOf(findings, { subject: "learn" }), "critical");
  assert.equal(severityOf(findings, { node: "web-01" }), "warning");
  assert.equal(severityOf(findings, { node: "web-01", rules: ["restarted"] }), "info");
  assert.equal(findingsAbout(findings, { node: "web-01", subject: "learn" }).length, 1);
});

test("a metric without history is an empty series, not zeros", () => {
  const trend = { at: [1, 2], status: ["ok" as const, "ok" as const], series: { "queue|web-01|": [0, 3] } };
  assert.deepEqual(seriesOf(trend, "queue", "web-01"), [0, 3]);
  assert.deepEqual(seriesOf(trend, "queue", "web-02"), []);
});

test("an action is offered for a member only when the member is among its options", () => {
  const offer = {
    id: "server-drain",
    title: "Drain a server",
    about: "",
    risk: "medium" as const,
    params: [{ name: "server", label: "Server", options: [{ value: "learn/web-01", label: "web-01" }] }],
    blocked: null,
  };
  assert.deepEqual(offersFor([offer], "server", "learn/web-01"), [{ offer, params: { server: "learn/web-01" } }]);
  assert.deepEqual(offersFor([offer], "server", "learn/web-02"), []);
});

const run = {
  id: "r",
  serviceId: "lb",
  action: "server-ready",
  title: "Bring web-01 back",
  state: "running",
  verdict: null,
  node: "web-01",
  requestedAt: 0,
  finishedAt: null,
  actor: "heal rule server-down of lb",
  byRule: true,
};

test("a node that a rule heals carries the mark and its words, and no other node does", () => {
  const service = { activeRun: run };
  const words = "Healing: Bring web-01 back · heal rule server-down of lb";
  assert.deepEqual(overlayOf(service, { node: "web-01" }, 5), { mark: "healing", words });
  assert.equal(overlayOf(service, { node: "web-02" }, 5), null);
  assert.equal(overlayOf({ activeRun: null }, { node: "web-01" }, 5), null);
});

test("of servers of one name in two backends, the one that is healed is marked", () => {
  const service = { activeRun: { ...run, subject: "learn" } };
  assert.equal(overlayOf(service, { node: "web-01", subject: "learn" }, 5)?.mark, "healing");
  assert.equal(overlayOf(service, { node: "web-01", subject: "api" }, 5), null);
});

test("what a person runs is no healing, and the node keeps its mark", () => {
  const { byRule: _, ...byHand } = run;
  assert.equal(overlayOf({ activeRun: byHand }, { node: "web-01" }, 5), null);
});

test("planned work stands on its nodes while it holds; on the whole service it leaves them as they are", () => {
  const mark = { id: "m", note: "new disk", by: "ann", from: 10, until: 20, nodes: ["web-01"] };
  const service = { activeRun: run, maintenance: [mark] };
  assert.deepEqual(overlayOf(service, { node: "web-01" }, 15), {
    mark: "maintenance",
    words: "In maintenance: new disk · ann",
  });
  assert.equal(overlayOf(service, { node: "web-01" }, 20)?.mark, "healing");
  assert.equal(overlayOf({ ...service, maintenance: [{ ...mark, nodes: null }] }, { node: "web-02" }, 15), null);
});
