import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { pino } from "pino";
import { emptyStore } from "#e2e/empty-store.ts";
import type { Judged } from "#lib/poller/judge-poll.ts";
import { createNotices } from "#lib/poller/notices.ts";
import { createOutbox } from "#lib/poller/outbox.ts";
import { readBeat } from "#lib/store/beat.ts";
import { listEvents } from "#lib/store/events.ts";
import { listPolls, saidOf } from "#lib/store/history.ts";
import type { Store } from "#lib/store/open-store.ts";
import { applyServices } from "#lib/store/services.ts";
import { emptyState, findState } from "#lib/store/states.ts";

const at = Date.UTC(2026, 10, 20, 12);
const beat = { beatAt: at, startedAt: at, pid: 1, notices: [] };

function judged(serviceId: string, status: "ok" | "critical", tells: boolean): Judged {
  const state = { ...emptyState(serviceId), status, checkedAt: at, since: at };
  return {
    state,
    poll: { serviceId, at, status, durationMs: 1, metrics: {}, detail: null, said: saidOf(state) },
    events: tells ? [{ at, kind: "status", text: `${serviceId} is ${status}`, serviceId, from: "ok", to: status }] : [],
  };
}

/** An outbox before a store with two services, of which nothing was seen yet. */
async function tried(t: TestContext) {
  const store = await emptyStore(t);
  const times = { intervalMs: 1_000, timeoutMs: 500 };
  const wanted = ["loud", "quiet"].map((id, position) => {
    return { id, kind: "http", name: id, group: null, position, dependsOn: [], ...times, rules: {}, config: {} };
  });
  await store.write((writing) => applyServices(writing, wanted, at));
  const woken = { times: 0 };
  const lock = { held: false };
  const write: Store["write"] = (work) =>
    lock.held ? Promise.reject(Object.assign(new Error("locked"), { code: "SQLITE_BUSY" })) : store.write(work);
  const outbox = createOutbox({
    store: { ...store, write },
    reserve: { hold: async () => true, release: async () => {} },
    notices: createNotices(),
    log: pino({ level: "silent" }),
    now: () => at,
    wake: () => {
      woken.times += 1;
    },
  });
  const stored = (id: string) =>
    store.read(async (reading) => ({
      status: (await findState(reading, id))?.status,
      polls: (await listPolls(reading, id, { from: 0, to: at, limit: 10 })).length,
    }));
  const events = async () =>
    (await store.read((reading) => listEvents(reading, { from: 0, to: at, limit: 10 }))).map(({ text }) => text);
  return { store, lock, outbox, woken, stored, events };
}

const nothing = { status: "unknown", polls: 0 };

describe("the outbox", () => {
  it("writes what happened before what did not, and all of it with the next sign of life", async (t) => {
    const { store, outbox, woken, stored, events } = await tried(t);
    outbox.add(judged("quiet", "ok", false));
    assert.equal(outbox.urgent(), false);
    outbox.add(judged("loud", "critical", true));
    assert.deepEqual([outbox.urgent(), woken.times], [true, 1]);
    await outbox.flush(null);
    assert.deepEqual([await stored("loud"), await stored("quiet")], [{ status: "critical", polls: 1 }, nothing]);
    assert.deepEqual(await events(), ["loud is critical"]);
    assert.equal(outbox.urgent(), false);
    await outbox.flush(beat);
    assert.deepEqual(
      [await stored("loud"), await stored("quiet")],
      [
        { status: "critical", polls: 1 },
        { status: "ok", polls: 1 },
      ],
    );
    assert.deepEqual(await store.read(readBeat), beat);
  });

  it("writes the state and the poll that an event is about along with it, whichever came first", async (t) => {
    const { outbox, stored, events } = await tried(t);
    outbox.add(judged("loud", "ok", false));
    outbox.add(judged("quiet", "ok", false));
    outbox.addEvent({ at, kind: "change", text: "loud changed", serviceId: "loud" });
    await outbox.flush(null);
    assert.deepEqual([await stored("loud"), await stored("quiet")], [{ status: "ok", polls: 1 }, nothing]);
    assert.deepEqual(await events(), ["loud changed"]);
  });

  it("writes all of it at once for somebody who waits", async (t) => {
    const { outbox, stored } = await tried(t);
    outbox.add(judged("quiet", "ok", false));
    outbox.press();
    assert.equal(outbox.urgent(), true);
    await outbox.flush(null);
    assert.deepEqual(await stored("quiet"), { status: "ok", polls: 1 });
  });

  it("loses nothing that could not be written", async (t) => {
    const { lock, outbox, stored, events } = await tried(t);
    outbox.add(judged("quiet", "ok", false));
    outbox.add(judged("loud", "critical", true));
    lock.held = true;
    await outbox.flush(null);
    lock.held = false;
    assert.deepEqual([await stored("loud"), outbox.trusted()], [nothing, false]);
    await outbox.flush(beat);
    assert.deepEqual(
      [await stored("loud"), await stored("quiet")],
      [
        { status: "critical", polls: 1 },
        { status: "ok", polls: 1 },
      ],
    );
    assert.deepEqual(await events(), ["loud is critical"]);
  });
});
