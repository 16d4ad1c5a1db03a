import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpOutcome, HttpTarget } from "#lib/integrations/http/detail.ts";
import { beatsOf, beatWords, markOf, resultWords, whyWords } from "#lib/integrations/http/panel-words.ts";

function target(outcome: HttpOutcome, more: Partial<HttpTarget> = {}): HttpTarget {
  return {
    name: "web-01",
    role: "node",
    address: "10.0.0.1:80",
    outcome,
    status: null,
    timings: null,
    bytes: null,
    certificate: null,
    redirectedTo: [],
    remoteAddress: null,
    bodyStart: null,
    blames: [],
    ...more,
  };
}

test("a target that could not be asked is unknown, whatever its finding says", () => {
  const unasked = target({ is: "unknown", failure: { kind: "secret-missing", what: "env:TOKEN is not set" } });
  assert.equal(markOf(unasked, "warning"), "unknown");
  assert.equal(resultWords(unasked), "unknown");
});

test("a failed check is not shown well even when its rule is switched off", () => {
  const refused = target({ is: "failed", failure: { kind: "refused", what: "nothing listens at 10.0.0.1:80" } });
  assert.equal(markOf(refused, null), "critical");
});

test("a failed expectation is told with what was expected, what came and whom the body blames", () => {
  const degraded = target(
    { is: "unexpected", failed: [{ expected: "status 2xx", got: "503" }] },
    { status: 503, blames: [{ service: "search", path: "$.search", got: "timeout" }] },
  );
  assert.equal(whyWords(degraded), "expected status 2xx, got 503; it blames search (timeout)");
  assert.equal(resultWords(degraded), "503");
});

test("a check that was not made is a gap between the beats, neither passed nor failed", () => {
  const beats = beatsOf(
    { at: [1, 2, 3], status: ["ok", "ok", "ok"], series: { "up|web-01|": [1, null, 0] } },
    "web-01",
  );
  assert.deepEqual(
    beats.map((beat) => beat.status),
    ["ok", null, "critical"],
  );
  assert.equal(beatWords(beats), "1 of the last 2 checks passed");
});
