import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { emptyStore } from "#e2e/empty-store.ts";
import { person } from "#e2e/people.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { refuseDependency } from "#lib/commands/refuse-dependency.ts";
import { listAudit } from "#lib/store/audit.ts";
import { writeBeat } from "#lib/store/beat.ts";
import { replaceFoundDependencies } from "#lib/store/found-dependencies.ts";
import type { Store } from "#lib/store/open-store.ts";
import { applyServices } from "#lib/store/services.ts";
import { emptyState, writeStates } from "#lib/store/states.ts";
import { boardView } from "#lib/views/board-view.ts";
import { frameSince } from "#lib/views/frame-since.ts";

const now = Date.UTC(2026, 10, 20, 12);
const actor = person("ann");
const found = new Map([["lb", [{ id: "web", evidence: ["lb / web-02 is 10.0.0.22:8000, and web runs on web-02"] }]]]);
const pair = { serviceId: "lb", dependsOn: "web" };

/** A balancer and a web service that it was found to use, both down. */
async function outage(t: TestContext): Promise<Store> {
  const store = await emptyStore(t);
  const plain = {
    kind: "http",
    group: null,
    intervalMs: 5_000,
    timeoutMs: 1_000,
    rules: {},
    config: {},
    dependsOn: [],
  };
  const down = { rule: "down", severity: "critical", message: "down", clause: "is down" } as const;
  const told = { status: "critical", since: now - 60_000, checkedAt: now, findings: [down] } as const;
  await store.write(async (w) => {
    const services = ["web", "lb"].map((id, position) => ({ ...plain, id, name: id, position }));
    await applyServices(w, services, now);
    await writeStates(w, [
      { ...emptyState("web"), ...told },
      { ...emptyState("lb"), ...told },
    ]);
    await writeBeat(w, { beatAt: now, startedAt: now - 60_000, pid: 1, notices: [] });
    await replaceFoundDependencies(w, found, new Map());
  });
  return store;
}

const sentence = async (store: Store) => (await boardView(store, wholeSight, now)).verdict.sentence;
const joined = "web is down, and because of that lb is down";
const apart = "lb is down; apart from that, web is down";

test("a found dependency is followed until a person refuses it, and again when that is taken back; both are audited", async (t) => {
  const store = await outage(t);
  assert.equal(await sentence(store), joined);
  const { seq } = await boardView(store, wholeSight, now);
  assert.deepEqual(await refuseDependency(store, actor, { ...pair, refused: true }, now), {
    ok: true,
    value: { refused: true },
  });
  assert.equal(await sentence(store), apart);
  const frame = await frameSince(store, wholeSight, seq, now);
  assert.deepEqual(
    frame?.services.map((one) => [one.id, one.found?.[0]?.refused]),
    [["lb", "person"]],
  );
  await refuseDependency(store, actor, { ...pair, refused: true }, now);
  await refuseDependency(store, actor, { ...pair, refused: false }, now);
  assert.equal(await sentence(store), joined);
  const audit = await store.read((reading) => listAudit(reading, 10));
  assert.deepEqual(
    audit.map(({ command, target, actor: who }) => [command, target, who.name]),
    [
      ["accept-dependency", "lb -> web", "ann"],
      ["refuse-dependency", "lb -> web", "ann"],
    ],
  );
});

test("a person's refusal outlives what was found: it holds when the same is found again", async (t) => {
  const store = await outage(t);
  await refuseDependency(store, actor, { ...pair, refused: true }, now);
  await store.write((w) => replaceFoundDependencies(w, new Map(), new Map()));
  assert.equal((await boardView(store, wholeSight, now)).services.find(({ id }) => id === "lb")?.found, undefined);
  await store.write((w) => replaceFoundDependencies(w, found, new Map()));
  assert.equal(await sentence(store), apart);
});

test("what pitwall.yaml refuses is not followed and cannot be accepted by a click", async (t) => {
  const store = await outage(t);
  await store.write((w) => replaceFoundDependencies(w, found, new Map([["lb", ["web"]]])));
  assert.equal(await sentence(store), apart);
  const answer = await refuseDependency(store, actor, { ...pair, refused: false }, now);
  assert.equal(answer.ok ? null : answer.error.code, "conflict");
});

test("only what was found can be refused", async (t) => {
  const store = await outage(t);
  const answer = await refuseDependency(store, actor, { serviceId: "web", dependsOn: "lb", refused: true }, now);
  assert.equal(answer.ok ? null : answer.error.code, "not-found");
});
