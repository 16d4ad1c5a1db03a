import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Course,
  hearAddress,
  held,
  momentOf,
  momentParam,
  spanFor,
  stepFrom,
  stepOfKey,
} from "#components/moment/moment.ts";

const now = Date.UTC(2026, 10, 20, 14);
const course: Course = {
  now,
  pollMs: 5_000,
  keptFrom: now - 3_600_000 + 300,
  changes: [now - 600_000, now - 300_400, now - 60_000],
};

describe("a moment in an address", () => {
  it("is read back as it was written", () => {
    for (const at of [now, now - 1, now - 1_234]) assert.equal(momentOf(momentParam(at)), at);
    assert.equal(momentParam(now), "2026-11-20T14:00:00Z");
    assert.equal(momentOf(String(now)), now);
  });

  it("that is nonsense is live", () => {
    for (const told of [null, undefined, "", "yesterday", "-5", "2026-99-99T00:00:00Z"])
      assert.equal(momentOf(told), null);
  });

  it("opens on a timeline that reaches back to it", () => {
    assert.equal(spanFor(null, now), 6 * 3_600_000);
    assert.equal(spanFor(now - 60_000, now), 6 * 3_600_000);
    assert.equal(spanFor(now - 7 * 3_600_000, now), 24 * 3_600_000);
    assert.equal(spanFor(now - 40 * 86_400_000, now), 7 * 86_400_000);
  });
});

describe("an address that the router tells of", () => {
  const [a, b, c] = ["2026-11-20T13:00:00Z", "2026-11-20T13:00:05Z", "2026-11-20T13:00:10Z"];

  it("late, when another was written since, is nobody's wish", () => {
    assert.deepEqual(hearAddress([a, b, null], b, false), { kind: "own", written: [b, null] });
    assert.deepEqual(hearAddress([b, null], null, false), { kind: "own", written: [null] });
    assert.deepEqual(hearAddress([null, a, b], a, false), { kind: "own", written: [a, b] });
  });

  it("may skip what was written in between", () => {
    assert.deepEqual(hearAddress([a, b, c], c, false), { kind: "own", written: [c] });
    assert.deepEqual(hearAddress([null, a, null], null, false), { kind: "own", written: [null] });
  });

  it("that was never written is a moment somebody asks for", () => {
    assert.deepEqual(hearAddress([null], a, false), { kind: "asked", written: [a] });
    assert.deepEqual(hearAddress([a, b], c, true), { kind: "asked", written: [c] });
  });

  it("without the moment is another page of the same moment, unless that is live", () => {
    assert.deepEqual(hearAddress([a], null, true), { kind: "lost", written: [a] });
    assert.deepEqual(hearAddress([null, a], null, true), { kind: "lost", written: [a] });
    assert.deepEqual(hearAddress([a], null, false), { kind: "lost", written: [a] });
    assert.deepEqual(hearAddress([a, null], null, true), { kind: "own", written: [null] });
  });
});

describe("a step", () => {
  it("goes by a poll, and by a minute with Shift", () => {
    const at = now - 120_000;
    assert.equal(stepFrom(at, "poll", -1, course), at - 5_000);
    assert.equal(stepFrom(at, "minute", 1, course), at + 60_000);
    assert.deepEqual(stepOfKey("ArrowLeft", true), { step: "minute", direction: -1 });
    assert.deepEqual(stepOfKey("ArrowRight", false), { step: "poll", direction: 1 });
    assert.equal(stepOfKey("x", false), null);
  });

  it("goes from change to change, to the second that has seen it", () => {
    assert.equal(stepFrom(null, "change", -1, course), now - 60_000);
    assert.equal(stepFrom(now - 60_000, "change", -1, course), now - 300_000);
    assert.equal(stepFrom(now - 300_000, "change", -1, course), now - 600_000);
    assert.equal(stepFrom(now - 600_000, "change", -1, course), now - 600_000, "there is none before");
    assert.equal(stepFrom(now - 600_000, "change", 1, course), now - 300_000);
  });

  it("ends at live on one side and at the oldest poll that is kept on the other", () => {
    assert.equal(stepFrom(now - 3_000, "poll", 1, course), null);
    assert.equal(stepFrom(now - 30_000, "end", 1, course), null);
    const oldest = stepFrom(null, "end", -1, course);
    assert.equal(oldest, now - 3_600_000 + 1_000);
    assert.equal(stepFrom(oldest, "minute", -1, course), oldest);
    assert.equal(held(now - 500, course), null);
  });
});
