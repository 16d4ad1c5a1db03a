import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BoardService } from "#lib/wire/board.ts";
import { type Frame, frameDto } from "#lib/wire/events.ts";
import { frameStream, rightLost } from "./frame-stream.ts";
import { createFrameWatcher, type FrameSource } from "./frame-watcher.ts";

/** A source in memory: a list of changes, numbered from 1. It counts how often it was asked. */
function memorySource() {
  let seq = 0;
  let happened = 0;
  const changes: { readonly seq: number; readonly id: string }[] = [];
  const asked = { since: 0 };
  let broken = false;
  const frame = (services: BoardService[]): Frame => ({
    seq,
    at: Date.now(),
    poller: { beatAt: 0, startedAt: 0, notices: [] },
    verdict: { status: "ok", sentence: "", chain: [], others: [], actions: [], healthy: 0, total: 0 },
    services,
    removed: [],
    runs: [],
  });
  const source: FrameSource = {
    since: async (after) => {
      asked.since += 1;
      if (broken) throw new Error("the store is gone");
      const newer = new Map(changes.filter((change) => change.seq > after).map((change) => [change.id, change.seq]));
      return newer.size === 0 && after >= seq ? null : frame([...newer].map(([id, own]) => service(id, own)));
    },
    happened: () => String(happened),
    readAhead: async () => {},
    pulse: async (after) => ({ ...frame([]), seq: after }),
  };
  return {
    source,
    asked,
    change: (id: string) => changes.push({ seq: ++seq, id }),
    happen: (id: string) => {
      happened += 1;
      changes.push({ seq: ++seq, id });
    },
    breakDown: (on: boolean) => {
      broken = on;
    },
  };
}

function service(id: string, seq: number): BoardService {
  return {
    id,
    kind: "http",
    name: id,
    group: null,
    dependsOn: [],
    status: "ok",
    since: null,
    checkedAt: null,
    intervalMs: 1_000,
    summary: "",
    findings: [],
    failure: null,
    detail: null,
    detailAt: null,
    trend: { at: [], status: [], series: {} },
    actions: [],
    activeRun: null,
    seq,
  };
}

const quick = { everyMs: 5, spacingMs: 200, restMs: 200, pulseMs: 300, now: () => Date.now(), onFailing: () => {} };

async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > giveUpAt) throw new Error("it never came to be");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits until a number that grows while somebody works has stopped growing for many times the work's beat. */
async function settled(count: () => number): Promise<void> {
  let last = count();
  let same = 0;
  await until(() => {
    same = count() === last ? same + 1 : 0;
    last = count();
    return same > 20;
  });
}

/** Reads frames as a browser would. */
function reader(stream: ReadableStream<Uint8Array>) {
  const body = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  return {
    next: async (): Promise<Frame> => {
      for (;;) {
        const end = text.indexOf("\n\n");
        if (end < 0) {
          const { value, done } = await body.read();
          if (done) throw new Error("the stream ended");
          text += decoder.decode(value, { stream: true });
          continue;
        }
        const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
        text = text.slice(end + 2);
        if (data !== undefined) return frameDto.parse(JSON.parse(data));
      }
    },
    cancel: () => body.cancel(),
  };
}

describe("the frame watcher", () => {
  it("lets nothing that happens wait for newer numbers, and sends no more than a frame a spacing, three at once", async () => {
    const memory = memorySource();
    const spacingMs = 100;
    const watcher = createFrameWatcher({ ...quick, spacingMs, restMs: 60_000, pulseMs: 90_000, source: memory.source });
    const got: { readonly ids: readonly string[]; readonly at: number }[] = [];
    const stop = watcher.listen(({ services }) => {
      if (services.length > 0) got.push({ ids: services.map(({ id }) => id), at: Date.now() });
    }, 0);
    memory.change("numbers");
    await until(() => got.length === 1);
    memory.change("more numbers");
    for (const at of [1, 2, 3, 4, 5, 6, 7]) {
      memory.happen(`down ${at}`);
      await until(() => got.some(({ ids }) => ids.includes(`down ${at}`)));
    }
    stop();
    assert.deepEqual(got[1]?.ids, ["more numbers", "down 1"]);
    const told = got.slice(1).map(({ at }) => at);
    const ofFour = told.slice(3).map((at, index) => at - (told[index] ?? 0));
    assert.ok(
      ofFour.every((span) => span >= 3 * spacingMs - 5),
      `${ofFour}`,
    );
  });

  it("sends the first change at once and those that follow together", async () => {
    const memory = memorySource();
    const watcher = createFrameWatcher({ ...quick, source: memory.source });
    const got: { readonly frame: Frame; readonly at: number }[] = [];
    const stop = watcher.listen((frame) => got.push({ frame, at: Date.now() }), 0);
    memory.change("a");
    await until(() => got.some(({ frame }) => frame.services.length > 0));
    memory.change("b");
    memory.change("c");
    await until(() => got.some(({ frame }) => frame.services.some(({ id }) => id === "c")));
    stop();
    const news = got.filter(({ frame }) => frame.services.length > 0);
    assert.deepEqual(
      news.map(({ frame }) => frame.services.map(({ id }) => id)),
      [["a"], ["b", "c"]],
    );
    assert.ok((news[1]?.at ?? 0) - (news[0]?.at ?? 0) >= quick.spacingMs);
  });

  it("beats while nothing changes, so that silence means a broken stream", async () => {
    const memory = memorySource();
    const watcher = createFrameWatcher({ ...quick, source: memory.source });
    let beats = 0;
    const stop = watcher.listen(() => {
      beats += 1;
    }, 0);
    await until(() => beats >= 3);
    stop();
  });

  it("asks the store for one however many listen, and not at all when nobody does", async () => {
    const memory = memorySource();
    const watcher = createFrameWatcher({ ...quick, everyMs: 20, source: memory.source });
    const heard = [0, 0, 0];
    const stops = heard.map((_, index) =>
      watcher.listen(() => {
        heard[index] = (heard[index] ?? 0) + 1;
      }, 0),
    );
    memory.change("a");
    await until(() => heard.every((count) => count > 0));
    for (const stop of stops) stop();
    assert.equal(new Set(heard).size, 1, "all hear the same");
    await settled(() => memory.asked.since);
  });

  it("goes on after the store failed, and tells of the failure once", async () => {
    const memory = memorySource();
    let told = 0;
    const watcher = createFrameWatcher({
      ...quick,
      source: memory.source,
      onFailing: () => {
        told += 1;
      },
    });
    memory.breakDown(true);
    const got: Frame[] = [];
    const stop = watcher.listen((frame) => got.push(frame), 0);
    await until(() => memory.asked.since >= 5);
    assert.equal(told, 1);
    assert.equal(got.length, 0);
    memory.breakDown(false);
    memory.change("a");
    await until(() => got.some((frame) => frame.services.length > 0));
    stop();
  });
});

describe("the event stream", () => {
  it("begins with everything after the change number the listener names", async () => {
    const memory = memorySource();
    for (const id of ["a", "b", "c"]) memory.change(id);
    const watcher = createFrameWatcher({ ...quick, source: memory.source });
    const stream = reader(frameStream(watcher, memory.source, 2, new AbortController().signal));
    assert.deepEqual(
      (await stream.next()).services.map(({ id }) => id),
      ["c"],
    );
    await stream.cancel();
  });

  it("misses nothing for a listener who joins while another is ahead", async () => {
    const memory = memorySource();
    const watcher = createFrameWatcher({ ...quick, source: memory.source });
    const early = reader(frameStream(watcher, memory.source, 0, new AbortController().signal));
    await early.next();
    memory.change("a");
    while ((await early.next()).services.length === 0);
    const late = reader(frameStream(watcher, memory.source, 0, new AbortController().signal));
    assert.deepEqual(
      (await late.next()).services.map(({ id }) => id),
      ["a"],
    );
    await Promise.all([early.cancel(), late.cancel()]);
  });

  it("tells nobody again what came in the difference he began with", async (t) => {
    const memory = memorySource();
    const stop = new AbortController();
    t.after(() => stop.abort());
    // It looks so seldom that whoever comes in between is told the difference first.
    const watcher = createFrameWatcher({ ...quick, everyMs: 300, spacingMs: 0, restMs: 0, source: memory.source });
    memory.change("a");
    const early = reader(frameStream(watcher, memory.source, 0, stop.signal));
    await early.next();
    memory.change("b");
    const late = reader(frameStream(watcher, memory.source, 0, stop.signal));
    const told = (await late.next()).services.map(({ id }) => id);
    memory.change("c");
    while (!told.includes("c")) told.push(...(await late.next()).services.map(({ id }) => id));
    assert.deepEqual(told, ["a", "b", "c"]);
  });

  it("gives a listener who does not read the newest state in one frame instead of a queue", async () => {
    const memory = memorySource();
    const watcher = createFrameWatcher({ ...quick, spacingMs: 10, source: memory.source });
    const stop = new AbortController();
    const slow = reader(frameStream(watcher, memory.source, 0, stop.signal));
    let others = 0;
    const unlisten = watcher.listen((frame) => {
      if (frame.services.length > 0) others += 1;
    }, 0);
    for (let change = 1; change <= 40; change += 1) {
      memory.change(`s${change}`);
      await until(() => others >= change);
    }
    const known = new Set<string>();
    let frames = 0;
    while (!known.has("s40")) {
      frames += 1;
      for (const { id } of (await slow.next()).services) known.add(id);
    }
    assert.equal(known.size, 40, "nothing is lost");
    assert.ok(frames < 20, `it came in ${frames} frames`);
    unlisten();
    stop.abort();
  });

  it("says so when it ends for want of a right, and only then", async () => {
    const memory = memorySource();
    const watcher = createFrameWatcher({ ...quick, source: memory.source });
    for (const [reason, said] of [
      [rightLost, true],
      [undefined, false],
    ] as const) {
      const stop = new AbortController();
      const text = new Response(frameStream(watcher, memory.source, 0, stop.signal)).text();
      stop.abort(reason);
      assert.equal((await text).includes("event: ended\n"), said);
    }
  });

  it("ends when the listener leaves, by abort or by cancel", async () => {
    const memory = memorySource();
    const watcher = createFrameWatcher({ ...quick, source: memory.source });
    const stop = new AbortController();
    const aborted = reader(frameStream(watcher, memory.source, 0, stop.signal));
    const cancelled = reader(frameStream(watcher, memory.source, 0, new AbortController().signal));
    await Promise.all([aborted.next(), cancelled.next()]);
    stop.abort();
    await cancelled.cancel();
    await assert.rejects(
      aborted.next().then(() => aborted.next()),
      /the stream ended/,
    );
    await settled(() => memory.asked.since);
  });
});
