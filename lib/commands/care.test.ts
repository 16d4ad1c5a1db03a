import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { emptyStore } from "#e2e/empty-store.ts";
import { person } from "#e2e/people.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { beginMaintenance } from "#lib/commands/begin-maintenance.ts";
import { endMaintenance } from "#lib/commands/end-maintenance.ts";
import { muteService, unmuteService } from "#lib/commands/mute-service.ts";
import { listAudit } from "#lib/store/audit.ts";
import { writeBeat } from "#lib/store/beat.ts";
import type { Store } from "#lib/store/open-store.ts";
import { applyServices } from "#lib/store/services.ts";
import { emptyState, writeStates } from "#lib/store/states.ts";
import { boardView } from "#lib/views/board-view.ts";
import { frameSince } from "#lib/views/frame-since.ts";
import { maintenanceView } from "#lib/views/maintenance-view.ts";
import { timelineView } from "#lib/views/timeline-view.ts";
import { boardDto } from "#lib/wire/board.ts";
import { frameDto } from "#lib/wire/events.ts";
import { maintenanceDto } from "#lib/wire/planned.ts";
import { timelineDto } from "#lib/wire/timeline.ts";

const now = Date.UTC(2026, 10, 20, 12);
const hour = 3_600_000;
const someone = person("kim");

/** A board of two services in one group: the first is in trouble, the second is well. */
async function board(t: TestContext): Promise<Store> {
  const store = await emptyStore(t);
  const plain = { kind: "http", group: "Web", intervalMs: 86_400_000, timeoutMs: 1_000, rules: {}, config: {} };
  await store.write(async (w) => {
    const services = [
      { ...plain, id: "db", name: "Database", position: 0, dependsOn: [] },
      { ...plain, id: "site", name: "Site", position: 1, dependsOn: [] },
    ];
    await applyServices(w, services, now);
    const seen = { since: now - 60_000, checkedAt: now };
    const findings = [{ rule: "down", severity: "critical" as const, node: "db-1", message: "db-1: no answer" }];
    await writeStates(w, [
      { ...emptyState("db"), ...seen, status: "critical", findings },
      { ...emptyState("site"), ...seen, status: "ok" },
    ]);
  });
  await beat(store, now);
  return store;
}

/** The poller's sign of life. */
async function beat(store: Store, beatAt: number): Promise<void> {
  await store.write((writing) => writeBeat(writing, { beatAt, startedAt: now, pid: 1, notices: [] }));
}

/** The board at a time at which the poller lives. */
async function boardThen(store: Store, at: number) {
  await beat(store, at);
  return await boardView(store, wholeSight, at);
}

async function seen(store: Store, id: string, at: number) {
  const board = boardDto.parse(JSON.parse(JSON.stringify(await boardThen(store, at))));
  return board.services.find((service) => service.id === id);
}

test("an acknowledgement shows who, why and until when, ends by itself, and is in the audit log", async (t) => {
  const store = await board(t);
  const wanted = { kind: "acknowledgement", serviceId: "db", words: "on it", forMs: hour } as const;
  assert.ok((await muteService(store, someone, wanted, now)).ok);
  const shown = (await seen(store, "db", now + 1))?.acknowledgement;
  assert.deepEqual([shown?.words, shown?.by, shown?.until], ["on it", "kim", now + hour]);
  assert.equal((await seen(store, "db", now + hour))?.acknowledgement, null, "it ran out");
  const [entry] = await store.read((reading) => listAudit(reading, 1));
  assert.deepEqual([entry?.command, entry?.target, entry?.actor.name], ["acknowledge", "db", "kim"]);
  const { events } = timelineDto.parse(await timelineView(store, wholeSight, { from: now - hour, to: now + hour }));
  assert.equal(events[0]?.text, "Database acknowledged for 1 h: on it");
});

test("a second acknowledgement replaces the first, and undoing takes it away; undoing nothing is fine", async (t) => {
  const store = await board(t);
  const wanted = { kind: "acknowledgement", serviceId: "db", words: "first", forMs: hour } as const;
  await muteService(store, someone, wanted, now);
  await muteService(store, someone, { ...wanted, words: "second" }, now + 10);
  assert.equal((await seen(store, "db", now + 20))?.acknowledgement?.words, "second");
  assert.deepEqual(await unmuteService(store, someone, wanted, now + 30), { ok: true, value: { ended: 1 } });
  assert.equal((await seen(store, "db", now + 40))?.acknowledgement, null);
  assert.deepEqual(await unmuteService(store, someone, wanted, now + 50), { ok: true, value: { ended: 0 } });
});

test("what is well cannot be acknowledged, what was well an hour ago can, and what is not there can be neither acknowledged nor planned", async (t) => {
  const store = await board(t);
  const wanted = { kind: "acknowledgement", words: "", forMs: hour } as const;
  const well = await muteService(store, someone, { ...wanted, serviceId: "site" }, now);
  assert.ok(!well.ok && well.error.code === "conflict");
  const unseen = await muteService(store, someone, { ...wanted, serviceId: "site" }, now + hour);
  assert.ok(unseen.ok, "the poller is silent since, so nobody knows that it is well");
  const nobody = await muteService(store, someone, { ...wanted, serviceId: "nobody" }, now);
  assert.ok(!nobody.ok && nobody.error.code === "not-found");
  const work = { services: [], groups: ["Nowhere"], nodes: [], note: "", forMs: hour };
  const nowhere = await beginMaintenance(store, someone, work, now, () => []);
  assert.ok(!nowhere.ok && nowhere.error.code === "not-found");
  const stranger = await beginMaintenance(store, someone, { ...work, groups: [], services: ["nobody"] }, now, () => []);
  assert.ok(!stranger.ok && stranger.error.code === "not-found");
  const mistyped = { ...work, groups: [], nodes: ["web-10"] };
  const typo = await beginMaintenance(store, someone, mistyped, now, ({ id }) => (id === "site" ? ["web-01"] : []));
  assert.ok(!typo.ok && typo.error.detail === "No service has a node web-10; did you mean web-01?");
});

test("maintenance by hand takes the trouble out of the verdict until it is ended by a click", async (t) => {
  const store = await board(t);
  assert.equal((await boardThen(store, now)).verdict.status, "critical");
  const work = { services: ["db"], groups: [], nodes: [], note: "upgrade", forMs: hour };
  const begun = await beginMaintenance(store, someone, work, now, () => []);
  assert.ok(begun.ok);
  const during = await boardThen(store, now + 1);
  assert.deepEqual([during.verdict.status, during.verdict.planned], ["ok", 1]);
  assert.equal(during.services[0]?.status, "critical", "checking goes on and is told");
  assert.equal((await boardThen(store, now + hour)).verdict.status, "critical", "it ends by itself");
  assert.ok((await endMaintenance(store, someone, { id: begun.value.id }, now + 500)).ok);
  assert.ok((await endMaintenance(store, someone, { id: begun.value.id }, now + 600)).ok, "twice is fine");
  assert.equal((await boardThen(store, now + 700)).verdict.status, "critical");
  const [row] = (await maintenanceView(store, wholeSight)).map((one) => maintenanceDto.parse(one));
  assert.deepEqual([row?.note, row?.until, row?.endedBy], ["upgrade", now + 500, "kim"]);
  const commands = (await store.read((reading) => listAudit(reading, 10))).map((entry) => entry.command);
  assert.deepEqual(commands, ["end-maintenance", "begin-maintenance"]);
});

test("a group or a node in maintenance is told on every service it touches, and a part is not the whole", async (t) => {
  const store = await board(t);
  const work = { services: [], groups: [], nodes: [], note: "", forMs: hour };
  await beginMaintenance(store, someone, { ...work, nodes: ["db-1"] }, now, () => []);
  assert.deepEqual((await seen(store, "db", now))?.maintenance?.[0]?.nodes, ["db-1"]);
  assert.deepEqual((await seen(store, "site", now))?.maintenance, []);
  assert.equal((await boardThen(store, now)).verdict.status, "critical");
  await beginMaintenance(store, someone, { ...work, groups: ["Web"] }, now, () => []);
  assert.equal((await seen(store, "site", now))?.maintenance?.[0]?.nodes, null);
});

test("an open tab hears of it without a poll", async (t) => {
  const store = await board(t);
  const { seq } = await boardThen(store, now);
  await muteService(store, someone, { kind: "silence", serviceId: "site", words: "noisy", forMs: hour }, now);
  const frame = frameDto.parse(JSON.parse(JSON.stringify(await frameSince(store, wholeSight, seq, now + 1))));
  assert.deepEqual(
    frame.services.map((service) => [service.id, service.silence?.words]),
    [["site", "noisy"]],
  );
  const work = { services: ["db"], groups: [], nodes: [], note: "", forMs: hour };
  await beginMaintenance(store, someone, work, now, () => []);
  const next = await frameSince(store, wholeSight, frame.seq, now + 2);
  assert.deepEqual(
    next?.services.map((service) => service.id),
    ["db"],
  );
});
