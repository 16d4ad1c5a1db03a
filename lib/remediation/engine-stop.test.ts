import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { pino } from "pino";
import { emptyStore } from "#e2e/empty-store.ts";
import { person } from "#e2e/people.ts";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { createEngine } from "#lib/remediation/engine.ts";
import type { Store } from "#lib/store/open-store.ts";
import { findRun, insertRun } from "#lib/store/runs.ts";
import { applyServices } from "#lib/store/services.ts";
import { createTransports } from "#lib/transports/transports.ts";

const now = Date.UTC(2026, 10, 20, 12);

async function storeWithRequest(t: TestContext): Promise<Store> {
  const store = await emptyStore(t);
  const plain = { kind: "flag", group: null, position: 0, dependsOn: [], intervalMs: 5_000, timeoutMs: 1_000 };
  await store.write(async (w) => {
    await applyServices(w, [{ ...plain, id: "near", name: "Near", rules: {}, config: {} }], now);
    await insertRun(w, {
      id: "r1",
      serviceId: "near",
      serviceName: "Near",
      action: "heal",
      title: "Heal",
      risk: "medium",
      params: {},
      mode: "run",
      reason: null,
      actor: person("ann"),
      idempotencyKey: "k",
      bodyHash: "h",
      state: "requested",
      verdict: null,
      plan: null,
      node: null,
      symptoms: [],
      checks: [],
      steps: [],
      verification: null,
      requestedAt: now,
      startedAt: null,
      finishedAt: null,
      confirmedBy: null,
      confirmedAt: null,
      cancelRequested: false,
    });
  });
  return store;
}

test("an engine that is told to stop while it looks for requests begins none of them", async (t) => {
  const store = await storeWithRequest(t);
  const secret = () => assert.fail("nothing asks for a secret");
  const engine = createEngine({
    store,
    watcher: { watched: () => new Map(), pollNow: async () => null },
    transports: createTransports({ reach: onLoopback, hosts: {}, secret }),
    secret,
    redact: (text) => text,
    now: () => now,
    log: pino({ level: "silent" }),
  });
  const looking = engine.step();
  await engine.stop();
  await looking;
  assert.deepEqual(engine.active(), []);
  assert.equal((await store.read((reading) => findRun(reading, "r1")))?.state, "requested");
});
