import assert from "node:assert/strict";
import { test } from "node:test";
import { findingsAbout, offersFor, seriesOf, severityOf } from "#lib/wire/reading.ts";

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
