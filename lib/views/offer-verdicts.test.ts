import assert from "node:assert/strict";
import { test } from "node:test";
import { withVerdicts } from "#lib/views/offer-verdicts.ts";
import type { BoardService } from "#lib/wire/board.ts";

const service = {
  id: "learn-web",
  findings: [{ rule: "queue", severity: "warning", message: "m" }],
  actions: [{ id: "restart-app", title: "t", about: "a", risk: "medium", params: [], blocked: null }],
} as unknown as BoardService;
const about = { serviceId: "learn-web", action: "restart-app" };

test("a button counts what helped against the trouble that is open, and against any where it was never tried on that", () => {
  const runs = [
    { ...about, symptomRule: "queue", state: "succeeded", count: 4 },
    { ...about, symptomRule: "queue", state: "succeeded-not-fixed", count: 1 },
    { ...about, symptomRule: "process-memory", state: "failed-clean", count: 7 },
  ] as const;
  const drills = new Map([["restart-app", { action: "restart-app", at: 5, verdict: "passed", figures: {} } as const]]);
  const key = "learn-web restart-app";
  const [same] = withVerdicts(service, { records: new Map([[key, runs]]), drills }).actions;
  assert.deepEqual(same?.record, { helped: 4, of: 5, sameSymptom: true });
  assert.deepEqual(same?.drill, { at: 5, passed: true });
  const [any] = withVerdicts(service, { records: new Map([[key, runs.slice(2)]]), drills: new Map() }).actions;
  assert.deepEqual(any?.record, { helped: 0, of: 7, sameSymptom: false });
  assert.equal(withVerdicts(service, { records: new Map(), drills: new Map() }), service);
});
