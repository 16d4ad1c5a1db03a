import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { emptyStore } from "#e2e/empty-store.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { failure } from "#lib/core/failure.ts";
import { writeBeat } from "#lib/store/beat.ts";
import { insertEvents } from "#lib/store/events.ts";
import type { Store } from "#lib/store/open-store.ts";
import { applyServices } from "#lib/store/services.ts";
import { emptyState, type StateRow, writeStates } from "#lib/store/states.ts";
import { boardJson } from "#lib/views/board-json.ts";
import { boardView } from "#lib/views/board-view.ts";
import { changesView } from "#lib/views/changes-view.ts";
import { frameSince } from "#lib/views/frame-since.ts";
import { readyView } from "#lib/views/ready-view.ts";
import { runView } from "#lib/views/run-view.ts";
import { actionsView, serviceView } from "#lib/views/service-view.ts";
import { timelineView } from "#lib/views/timeline-view.ts";
import { boardDto } from "#lib/wire/board.ts";
import { changesDto } from "#lib/wire/changes.ts";
import { frameDto } from "#lib/wire/events.ts";
import { serviceDto } from "#lib/wire/service.ts";
import { timelineDto } from "#lib/wire/timeline.ts";

const now = Date.UTC(2026, 10, 20, 12);

async function board(t: TestContext): Promise<Store> {
  const store = await emptyStore(t);
  const plain = { kind: "http", group: "Web", intervalMs: 5_000, timeoutMs: 1_000, rules: {}, config: {} };
  await store.write(async (w) => {
    await applyServices(
      w,
      [
        { ...plain, id: "site", name: "Site", position: 0, dependsOn: ["db"] },
        { ...plain, id: "db", name: "Database", position: 1, dependsOn: [] },
      ],
      now,
    );
    await writeStates(w, [state("site"), state("db")]);
    await writeBeat(w, { beatAt: now, startedAt: now - 60_000, pid: 1, notices: [] });
  });
  return store;
}

function state(id: string, more: Partial<StateRow> = {}): StateRow {
  return { ...emptyState(id), status: "ok", since: now - 60_000, checkedAt: now, summary: "200 in 3 ms", ...more };
}

describe("the board", () => {
  it("is of the shape that is promised on the wire, in the order of the configuration", async (t) => {
    const store = await board(t);
    const seen = await boardView(store, wholeSight, now);
    assert.deepEqual(
      boardDto.parse(JSON.parse(JSON.stringify(seen))).services.map((one) => one.id),
      ["site", "db"],
    );
    assert.equal(seen.verdict.status, "ok");
    const one = await serviceView(store, wholeSight, "site", now);
    assert.ok(one.ok && serviceDto.parse(JSON.parse(JSON.stringify(one.value))).service.name === "Site");
  });

  it("is spelled as JSON word by word, the first time, told as before, after a change, and when it is empty", async (t) => {
    const store = await board(t);
    const whole = async (at: number) => {
      const seen = await boardView(store, wholeSight, at);
      assert.deepEqual(JSON.parse(boardJson(seen).toString()), JSON.parse(JSON.stringify(seen)));
      return seen.services.map((one) => one.summary);
    };
    assert.deepEqual(await whole(now), ["200 in 3 ms", "200 in 3 ms"]);
    assert.deepEqual(await whole(now + 1), ["200 in 3 ms", "200 in 3 ms"]);
    await store.write((w) => writeStates(w, [state("db", { summary: "slow … ∞" })]));
    assert.deepEqual(await whole(now + 2), ["200 in 3 ms", "slow … ∞"]);
    await store.write((w) => applyServices(w, [], now));
    assert.deepEqual(await whole(now + 3), []);
  });

  it("shows one service unknown when its own data are old, keeps its findings, and the others as they are", async (t) => {
    const store = await board(t);
    const findings = [{ rule: "slow", severity: "warning" as const, message: "answers in 4 s" }];
    const old = state("db", { status: "warning", checkedAt: now - 16_000, findings });
    await store.write((w) => writeStates(w, [old]));
    const seen = await boardView(store, wholeSight, now);
    assert.deepEqual(
      seen.services.map((one) => one.status),
      ["ok", "unknown"],
    );
    assert.match(seen.services[1]?.summary ?? "", /^no data in time · /);
    assert.deepEqual(seen.services[1]?.findings, findings);
    assert.equal(seen.verdict.healthy, 1);
  });

  it("says what to do about a failed poll", async (t) => {
    const store = await board(t);
    const broken = state("db", { status: "unknown", failure: failure("unauthorized", "the password was refused") });
    await store.write((w) => writeStates(w, [broken]));
    const seen = (await boardView(store, wholeSight, now)).services[1];
    assert.deepEqual([seen?.failure?.what, seen?.failure?.kind], ["the password was refused", "unauthorized"]);
    assert.match(seen?.failure?.advice ?? "", /secret/);
  });
});

describe("a frame", () => {
  it("holds only what changed, and nothing is nothing", async (t) => {
    const store = await board(t);
    const { seq } = await boardView(store, wholeSight, now);
    assert.equal(await frameSince(store, wholeSight, seq, now), null);
    await store.write((w) => writeStates(w, [state("db", { status: "critical", since: now })]));
    const frame = await frameSince(store, wholeSight, seq, now);
    assert.deepEqual(
      frameDto.parse(JSON.parse(JSON.stringify(frame))).services.map((one) => one.id),
      ["db"],
    );
    assert.equal(frame?.verdict.status, "critical");
    assert.equal(await frameSince(store, wholeSight, frame?.seq ?? 0, now), null);
  });

  it("tells a client that was away the whole difference", async (t) => {
    const store = await board(t);
    const frame = await frameSince(store, wholeSight, 0, now);
    assert.deepEqual(frame?.services.map((one) => one.id).sort(), ["db", "site"]);
  });

  it("comes by time alone when data grow old", async (t) => {
    const store = await board(t);
    const { seq } = await boardView(store, wholeSight, now);
    assert.equal(await frameSince(store, wholeSight, seq, now + 5_000, now + 4_000), null);
    const aged = await frameSince(store, wholeSight, seq, now + 6_500, now + 5_500);
    assert.deepEqual(
      aged?.services.map((one) => one.status),
      ["unknown", "unknown"],
    );
  });
});

describe("the timeline", () => {
  it("has a lane without gaps for each service that was not ok all the time", async (t) => {
    const store = await board(t);
    const event = { kind: "status" as const, text: "", serviceId: "db" };
    await store.write((w) =>
      insertEvents(w, [
        { ...event, at: now - 100_000, from: "unknown", to: "ok" },
        { ...event, at: now - 50_000, from: "ok", to: "critical" },
        { ...event, at: now - 20_000, from: "critical", to: "ok" },
        { ...event, serviceId: "site", at: now - 100_000, from: "unknown", to: "ok" },
      ]),
    );
    const seen = await timelineView(store, wholeSight, { from: now - 80_000, to: now });
    timelineDto.parse(seen);
    assert.deepEqual(seen.lanes, [
      {
        serviceId: "db",
        name: "Database",
        spans: [
          { from: now - 80_000, to: now - 50_000, status: "ok" },
          { from: now - 50_000, to: now - 20_000, status: "critical" },
          { from: now - 20_000, to: now, status: "ok" },
        ],
      },
    ]);
    assert.equal(seen.events.length, 2);
  });
});

describe("what changed before a moment", () => {
  it("is every change, deploy and run in the minutes before it, nearest first, and no status", async (t) => {
    const store = await board(t);
    const change = { subject: "web-02", name: "version", from: "1", to: "2" };
    await store.write((w) =>
      insertEvents(w, [
        { at: now - 16 * 60_000, kind: "deploy", text: "too early" },
        { at: now - 9 * 60_000, kind: "deploy", text: "shop 4.2", link: "https://ci.example.com/1" },
        { at: now - 60_000, kind: "change", serviceId: "site", text: "Site: web-02: version 1 → 2", change },
        { at: now - 30_000, kind: "change", serviceId: "db", text: "Database: role" },
        { at: now - 10_000, kind: "status", serviceId: "db", from: "ok", to: "critical", text: "down" },
        { at: now + 1, kind: "deploy", text: "too late" },
      ]),
    );
    const seen = changesDto.parse(
      JSON.parse(JSON.stringify(await changesView(store, wholeSight, { at: now, minutes: 15 }))),
    );
    assert.deepEqual(
      seen.changes.map((one) => [one.text, one.beforeMs, one.serviceName]),
      [
        ["Database: role", 30_000, "Database"],
        ["Site: web-02: version 1 → 2", 60_000, "Site"],
        ["shop 4.2", 540_000, null],
      ],
    );
    assert.deepEqual(seen.changes[1]?.change, change);
    assert.equal(seen.changes[2]?.link, "https://ci.example.com/1");
    const own = await changesView(store, wholeSight, { at: now, minutes: 15, serviceId: "site" });
    assert.deepEqual(
      own.changes.map((one) => one.serviceName),
      ["Site", null],
    );
  });
});

describe("what does not exist", () => {
  it("is refused as not found, and a store that cannot be read is an answer of readiness", async (t) => {
    const store = await board(t);
    for (const seen of [
      await serviceView(store, wholeSight, "nobody", now),
      await actionsView(store, wholeSight, "nobody"),
      await runView(store, wholeSight, "nobody"),
    ]) {
      assert.ok(!seen.ok && seen.error.code === "not-found");
    }
    const whole = await readyView(store, true, now);
    assert.equal(whole.ready, true);
    assert.ok((whole.services ?? 0) > 0 && whole.notices !== undefined);
    const told = Object.keys(await readyView(store, false, now));
    assert.ok(!told.includes("services") && !told.includes("notices"), "strangers learn neither how many nor what of");
    assert.equal((await readyView(store, false, now - 3_600_000)).ready, false, "the clock was set back since");
    const broken: Store = {
      ...store,
      read: () => Promise.reject(Object.assign(new Error("io"), { code: "SQLITE_IOERR" })),
    };
    const ready = await readyView(broken, false, now);
    assert.deepEqual([ready.ready, ready.storeOk, ready.storeTrouble?.kind], [false, false, "unavailable"]);
  });
});
