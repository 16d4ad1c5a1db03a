import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { emptyStore } from "#e2e/empty-store.ts";
import { until } from "#e2e/servers/until.ts";
import { type Sight, wholeSight } from "#lib/access/sight.ts";
import { writeBeat } from "#lib/store/beat.ts";
import { insertEvents } from "#lib/store/events.ts";
import { applyServices } from "#lib/store/services.ts";
import { emptyState, writeStates } from "#lib/store/states.ts";
import { createReadyBoard } from "#lib/views/ready-board.ts";
import type { Board } from "#lib/wire/board.ts";

const began = Date.UTC(2026, 10, 20, 12);
const shops: Sight = { whole: false, sees: ({ group }) => group === "shops", key: "shops" };

function service(id: string, group: string, position: number) {
  const times = { intervalMs: 1_000, timeoutMs: 500 };
  return { id, kind: "http", name: id, group, position, dependsOn: [], ...times, rules: {}, config: {} };
}

/** A board of two services that are well, on a clock that stands still until it is moved; and how often it was read. */
async function readied(t: TestContext, options: { readonly interestMs?: number; readonly lookMs?: number } = {}) {
  const store = await emptyStore(t);
  const time = { now: began };
  const read = { times: 0 };
  const tell = (status: "ok" | "critical", happens = true) =>
    store.write(async (writing) => {
      const event = { at: time.now, kind: "status", text: `it is ${status}` } as const;
      await insertEvents(writing, happens ? [event] : []);
      await writeBeat(writing, { beatAt: time.now, startedAt: began, pid: 1, notices: [] });
      await writeStates(
        writing,
        ["a", "b"].map((id) => ({ ...emptyState(id), status, since: time.now, checkedAt: time.now, summary: status })),
      );
    });
  await store.write((writing) => applyServices(writing, [service("a", "shops", 0), service("b", "data", 1)], began));
  await tell("ok");
  const counting = {
    version: store.version,
    happened: store.happened,
    read: ((work) => {
      read.times += 1;
      return store.read(work);
    }) as typeof store.read,
  };
  const ready = createReadyBoard({ store: counting, now: () => time.now, lookMs: 60_000, ...options });
  const ask = async (sight: Sight = wholeSight) => JSON.parse(String(await ready.json(sight))) as Board;
  return { time, read, tell, ask };
}

describe("the board that is ready", () => {
  it("is read once for all who ask while nothing is written", async (t) => {
    const { read, ask } = await readied(t);
    const [first, second] = await Promise.all([ask(), ask()]);
    assert.deepEqual(await ask(), first);
    assert.deepEqual(second, first);
    assert.equal(read.times, 1);
  });

  it("is never older than what happened before it was asked for", async (t) => {
    const { tell, ask } = await readied(t);
    await ask();
    await tell("critical");
    assert.deepEqual(
      (await ask()).services.map(({ status }) => status),
      ["critical", "critical"],
    );
  });

  it("makes nobody wait for numbers that are a moment newer, and no longer than that moment", async (t) => {
    const { time, read, tell, ask } = await readied(t);
    const { at } = await ask();
    time.now += 500;
    await tell("ok", false);
    assert.deepEqual([(await ask()).services[0]?.checkedAt, read.times], [at, 1]);
    time.now += 500;
    assert.deepEqual([(await ask()).services[0]?.checkedAt, read.times], [at + 500, 2]);
  });

  it("is made anew when it has grown old, though nobody wrote anything: a silent poller is seen", async (t) => {
    const { time, ask } = await readied(t);
    assert.equal((await ask()).services[0]?.status, "ok");
    time.now += 60_000;
    assert.equal((await ask()).services[0]?.status, "unknown");
  });

  it("is told to nobody who sees something else", async (t) => {
    const { ask } = await readied(t);
    const ids = async (sight: Sight) => (await ask(sight)).services.map(({ id }) => id);
    assert.deepEqual([await ids(wholeSight), await ids(shops), await ids(wholeSight)], [["a", "b"], ["a"], ["a", "b"]]);
  });

  it("is made right after a change while somebody keeps asking, and no longer when nobody does", async (t) => {
    const { time, read, tell, ask } = await readied(t, { interestMs: 2_000, lookMs: 5 });
    await ask();
    await tell("critical", false);
    await until("it was made anew", async () => read.times === 2);
    await until("that is told", async () => (await ask()).services[0]?.status === "critical");
    assert.equal(read.times, 2, "it was ready");
    time.now += 2_001;
    await tell("ok", false);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(read.times, 2, "nobody has asked for long");
  });
});
