import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { emptyStore } from "#e2e/empty-store.ts";
import { systemActor } from "#lib/access/actor.ts";
import { wholeSight } from "#lib/access/sight.ts";
import type { Status } from "#lib/core/status.ts";
import { insertEvents } from "#lib/store/events.ts";
import { insertPolls, type PollRow } from "#lib/store/history.ts";
import type { Store } from "#lib/store/open-store.ts";
import { insertRun, type NewRun } from "#lib/store/runs.ts";
import { applyServices } from "#lib/store/services.ts";
import { boardAt } from "#lib/views/board-at.ts";
import { boardDto } from "#lib/wire/board.ts";

const noon = Date.UTC(2026, 10, 20, 12);
const plain = { kind: "http", group: null, intervalMs: 2_000, timeoutMs: 1_000, rules: {}, config: {}, dependsOn: [] };
const site = { ...plain, id: "site", name: "Site", position: 0 };
const db = { ...plain, id: "db", name: "Database", position: 1 };

async function store(t: TestContext): Promise<Store> {
  const opened = await emptyStore(t);
  await opened.write((w) => applyServices(w, [site, db], noon));
  return opened;
}

function poll(serviceId: string, at: number, status: Status, message = ""): PollRow {
  const severity = status === "critical" ? "critical" : "warning";
  const findings = message === "" ? [] : [{ rule: "down", severity, message } as const];
  const said = { since: at, summary: `as of ${at - noon}`, findings, failure: null, detailAt: at };
  return { serviceId, at, status, durationMs: 3, metrics: {}, detail: { seen: at - noon }, said };
}

/** `db` breaks after a minute and is well again after two. */
async function history(opened: Store, untilMs = 180_000): Promise<void> {
  const polls = Array.from({ length: untilMs / 2_000 }, (_, at) => at * 2_000).flatMap((ms) => [
    poll("site", noon + ms, "ok"),
    ms >= 60_000 && ms < 120_000
      ? poll("db", noon + ms, "critical", "db-1: refuses connections")
      : poll("db", noon + ms, "ok"),
  ]);
  await opened.write((w) => insertPolls(w, polls));
}

describe("the board at a moment of the past", () => {
  it("is the whole board as it was: status, findings, detail and verdict, and nothing to press", async (t) => {
    const opened = await store(t);
    await history(opened);
    const before = boardDto.parse(JSON.parse(JSON.stringify(await boardAt(opened, wholeSight, noon + 59_999))));
    assert.equal(before.verdict.sentence, "All is well");
    const broken = await boardAt(opened, wholeSight, noon + 60_500);
    assert.deepEqual(
      broken.services.map(({ id, status, detail }) => [id, status, detail]),
      [
        ["site", "ok", { seen: 60_000 }],
        ["db", "critical", { seen: 60_000 }],
      ],
    );
    assert.equal(broken.services[1]?.findings[0]?.message, "db-1: refuses connections");
    assert.match(broken.verdict.sentence, /^Database /);
    assert.deepEqual([broken.verdict.actions, broken.services[1]?.actions], [[], []]);
    assert.equal(broken.at, noon + 60_500);
    assert.equal((await boardAt(opened, wholeSight, noon + 121_000)).verdict.status, "ok");
  });

  it("says of a time that nobody measured that nothing is known of it, never that it was well", async (t) => {
    const opened = await store(t);
    await history(opened, 30_000);
    const gap = await boardAt(opened, wholeSight, noon + 60_000);
    assert.deepEqual(
      gap.services.map(({ status }) => status),
      ["unknown", "unknown"],
    );
    assert.equal(gap.verdict.healthy, 0);
    assert.equal(gap.poller.beatAt, noon + 28_000);
  });

  it("knows afterwards how long nobody watched, even where a slow beat of polls would not show it", async (t) => {
    const opened = await store(t);
    await history(opened, 30_000);
    const told = {
      kind: "poller" as const,
      since: noon + 28_000,
      text: "Poller started, after 40 s without a sign of life",
    };
    await opened.write((w) => insertEvents(w, [{ ...told, at: noon + 68_000 }]));
    assert.equal((await boardAt(opened, wholeSight, noon + 29_000)).poller.beatAt, noon + 28_000);
    assert.equal((await boardAt(opened, wholeSight, noon + 34_500)).verdict.healthy, 0);
    assert.equal((await boardAt(opened, wholeSight, noon + 27_000)).verdict.healthy, 2);
  });

  it("shows a service that was taken out later, and none that was not watched yet", async (t) => {
    const opened = await store(t);
    await history(opened, 60_000);
    await opened.write((w) =>
      applyServices(w, [site, { ...plain, id: "new", name: "New", position: 1 }], noon + 70_000),
    );
    await opened.write((w) => insertPolls(w, [poll("new", noon + 80_000, "ok"), poll("site", noon + 80_000, "ok")]));
    const ids = async (at: number) => (await boardAt(opened, wholeSight, at)).services.map(({ id }) => id);
    assert.deepEqual(await ids(noon + 50_000), ["site", "db"]);
    assert.deepEqual(await ids(noon + 80_500), ["site", "new"]);
    assert.deepEqual(await ids(noon - 1), []);
  });

  it("tells of a run what it was then: asked for, planned, and going on only from its first step", async (t) => {
    const opened = await store(t);
    await history(opened);
    const step = { id: "s", title: "S", does: "", state: "done", evidence: null } as const;
    const run: NewRun = {
      ...{ id: "run", serviceId: "db", serviceName: "Database", action: "restart", title: "Restart", risk: "medium" },
      ...{ params: {}, mode: "plan", reason: null, idempotencyKey: "k", bodyHash: "", verdict: "Proven", plan: null },
      ...{ node: null, symptoms: [], checks: [], verification: null, confirmedBy: null, cancelRequested: false },
      actor: systemActor("test"),
      state: "succeeded",
      steps: [{ ...step, startedAt: noon + 30_000, finishedAt: noon + 31_000 }],
      requestedAt: noon + 10_000,
      startedAt: noon + 20_000,
      confirmedAt: noon + 29_000,
      finishedAt: noon + 40_000,
    };
    await opened.write((w) => insertRun(w, run));
    const stateAt = async (ms: number) =>
      (await boardAt(opened, wholeSight, noon + ms)).services.find(({ id }) => id === "db")?.activeRun?.state;
    assert.deepEqual(await Promise.all([5_000, 15_000, 25_000, 35_000, 45_000].map(stateAt)), [
      undefined,
      "requested",
      "planned",
      "running",
      undefined,
    ]);
  });

  it("begins where the first poll was kept", async (t) => {
    const opened = await store(t);
    const empty = await boardAt(opened, wholeSight, noon);
    assert.deepEqual([empty.services, empty.poller.beatAt], [[], null]);
  });
});
