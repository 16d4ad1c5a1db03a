import assert from "node:assert/strict";
import { test } from "node:test";
import { serverStates } from "#lib/integrations/haproxy/detail.ts";
import { frontendWords, markOf, processWords } from "#lib/integrations/haproxy/panel-words.ts";

const rates = {
  sessionsPerS: null,
  requestsPerS: null,
  errors5xxPerS: null,
  retriesPerS: null,
  connectErrorsPerS: null,
  bytesInPerS: null,
  bytesOutPerS: null,
};

test("only a server that is up and checked is marked ok", () => {
  const well = serverStates.filter(
    (state) => markOf({ state, planned: false, backup: false, inRotation: state === "up" }) === "ok",
  );
  assert.deepEqual(well, ["up"]);
});

test("a server out on purpose is never marked as trouble", () => {
  for (const state of serverStates)
    assert.equal(markOf({ state, planned: true, backup: false, inRotation: false }), "maintenance");
});

test("a server that is up but takes no sessions is not marked as one that does", () => {
  assert.equal(markOf({ state: "up", planned: false, backup: false, inRotation: false }), "info");
  assert.equal(markOf({ state: "up", planned: false, backup: true, inRotation: false }), "ok");
});

test("a server without a check is unknown, not ok and not down", () => {
  assert.equal(markOf({ state: "no-check", planned: false, backup: false, inRotation: true }), "unknown");
});

test("a rate that was not measured is left out, not shown as zero", () => {
  const frontend = {
    name: "web",
    status: "OPEN",
    mode: "http",
    sessions: 12,
    sessionsLimit: 2000,
    errors5xxPercent: null,
  };
  assert.equal(frontendWords({ ...frontend, rates }), "web open, 12 of 2\u202f000 sessions");
  assert.equal(
    frontendWords({ ...frontend, rates: { ...rates, requestsPerS: 0 } }),
    "web open, 0 /s, 12 of 2\u202f000 sessions",
  );
});

test("a process that tells nothing says why", () => {
  const process = {
    name: "lb-a",
    via: "socket" as const,
    failure: { kind: "refused" as const, what: "nothing listens at /run/haproxy.sock" },
    version: null,
    pid: null,
    uptimeS: null,
    startedAt: null,
    level: null,
    sessions: null,
    sessionsLimit: null,
    idlePercent: null,
    restart: null,
    baseline: null,
  };
  assert.equal(processWords(process), "tells nothing: nothing listens at /run/haproxy.sock");
});
