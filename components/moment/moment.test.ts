import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Course, held, momentOf, momentParam, spanFor, stepFrom, stepOfKey } from "#components/moment/moment.ts";

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
