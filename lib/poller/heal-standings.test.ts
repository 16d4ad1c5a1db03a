import assert from "node:assert/strict";
import { test } from "node:test";
import type { HealRule } from "#lib/core/heal.ts";
import { strayStanding } from "#lib/poller/heal-standings.ts";

test("a rule for a node that the service turns out not to have says so, with what was meant", () => {
  const rule = { nodes: ["web-01", "web-0l"] } as unknown as HealRule;
  assert.deepEqual(strayStanding(rule, ["lb-1", "web-01", "web-03"]), {
    kind: "held",
    words: "the service has no node web-0l; did you mean web-01?",
    until: null,
  });
  assert.equal(strayStanding(rule, ["web-01", "web-0l"]), null);
  assert.equal(strayStanding({ ...rule, nodes: null }, []), null);
});
