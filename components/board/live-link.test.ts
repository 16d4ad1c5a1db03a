import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { createLiveLink, watchdogMs } from "#components/board/live-link.ts";
import type { Frame } from "#lib/wire/events.ts";

const startedAt = 1_000_000;

function frame(seq: number, at: number): Frame {
  return {
    seq,
    at,
    poller: { beatAt: at, startedAt: 0, notices: [] },
    verdict: { status: "ok", sentence: "", chain: [], others: [], actions: [], healthy: 0, total: 0 },
    services: [],
    removed: [],
    runs: [],
  };
}

/** What the link asks of a browser's EventSource, driven by hand. */
class Stream extends EventTarget {
  closed = false;
  close() {
    this.closed = true;
  }
  say(data: unknown) {
    this.dispatchEvent(new MessageEvent("frame", { data: JSON.stringify(data) }));
  }
  fail() {
    this.dispatchEvent(new Event("error"));
  }
}

function started(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: startedAt });
  const streams: { readonly stream: Stream; readonly since: number }[] = [];
  const frames: Frame[] = [];
  const told: string[] = [];
  let seq = 7;
  const link = createLiveLink({
    open: (since) => {
      const stream = new Stream();
      streams.push({ stream, since });
      return stream as unknown as EventSource;
    },
    seq: () => seq,
    onFrame: (got) => {
      frames.push(got);
      seq = got.seq;
    },
    onEnded: () => told.push("ended"),
    onFailed: () => told.push("failed"),
    now: () => Date.now(),
    offsetMs: 0,
  });
  link.start();
  t.after(() => link.stop());
  return { link, streams, frames, told, last: () => streams.at(-1) as (typeof streams)[number] };
}

describe("the live link", () => {
  it("is live from the first frame on", (t) => {
    const { link, last, frames } = started(t);
    assert.equal(link.status().state, "connecting");
    last().stream.say(frame(8, startedAt));
    assert.equal(link.status().state, "live");
    assert.equal(frames.length, 1);
  });

  it("tells when the server ended it for want of a right, and when it only failed", (t) => {
    const { last, told } = started(t);
    last().stream.fail();
    assert.deepEqual(told, ["failed"]);
    t.mock.timers.tick(500);
    last().stream.dispatchEvent(new Event("ended"));
    assert.deepEqual(told, ["failed", "ended"]);
  });

  it("notices a stream that is open but silent", (t) => {
    const { link, last, streams } = started(t);
    const first = last().stream;
    first.say(frame(8, startedAt));
    t.mock.timers.tick(watchdogMs);
    assert.equal(link.status().state, "broken");
    assert.equal(first.closed, true);
    t.mock.timers.tick(500);
    assert.equal(streams.length, 2, "it connects again by itself");
  });

  it("is broken within the watchdog's time however often it fails to connect meanwhile", (t) => {
    const { link, last } = started(t);
    last().stream.say(frame(8, startedAt));
    for (let ms = 0; ms < watchdogMs; ms += 100) {
      last().stream.fail();
      t.mock.timers.tick(100);
    }
    assert.equal(link.status().state, "broken");
  });

  it("asks only for what it missed, and is live again with the first frame", (t) => {
    const { link, last } = started(t);
    last().stream.say(frame(42, startedAt));
    last().stream.fail();
    t.mock.timers.tick(500);
    assert.equal(last().since, 42);
    t.mock.timers.tick(watchdogMs);
    assert.equal(link.status().state, "broken");
    t.mock.timers.tick(4_000);
    last().stream.say(frame(43, startedAt));
    assert.equal(link.status().state, "live");
  });

  it("waits longer with each failure in a row, and not at all after it was stopped", (t) => {
    const { link, last, streams } = started(t);
    last().stream.fail();
    t.mock.timers.tick(500);
    assert.equal(streams.length, 2);
    last().stream.fail();
    t.mock.timers.tick(500);
    assert.equal(streams.length, 2);
    t.mock.timers.tick(500);
    assert.equal(streams.length, 3);
    last().stream.fail();
    link.stop();
    t.mock.timers.tick(60_000);
    assert.equal(streams.length, 3);
  });

  it("treats a frame it does not understand like no frame", (t) => {
    const { link, last, frames } = started(t);
    last().stream.say({ seq: "x" });
    assert.equal(frames.length, 0);
    assert.notEqual(link.status().state, "live");
  });

  it("takes the server's clock from the least delayed frame", (t) => {
    const { link, last } = started(t);
    last().stream.say(frame(8, startedAt + 300));
    last().stream.say(frame(9, startedAt + 100));
    assert.equal(link.status().offsetMs, 300);
  });
});
