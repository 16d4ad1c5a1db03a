import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { pollerSilentMs, staleAfterMs, statusAt } from "#lib/core/freshness.ts";
import { statuses } from "#lib/core/status.ts";

test("green is never shown on old data, nor while the poller is silent, whatever was told", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...statuses),
      fc.option(fc.nat(100_000)),
      fc.option(fc.nat(100_000)),
      fc.integer({ min: 1_000, max: 30_000 }),
      (status, checkedAgo, beatAgo, intervalMs) => {
        const now = 1_000_000;
        const checkedAt = checkedAgo === null ? null : now - checkedAgo;
        const beatAt = beatAgo === null ? null : now - beatAgo;
        const shown = statusAt({ status, checkedAt, intervalMs }, beatAt, now);
        const old = checkedAgo === null || checkedAgo > staleAfterMs(intervalMs);
        const silent = beatAgo === null || beatAgo > pollerSilentMs;
        assert.equal(shown.status, old || silent ? "unknown" : status);
        assert.equal(shown.stale !== null, old || silent);
      },
    ),
  );
});

test("the reason says how old the reading is", () => {
  const told = { status: "ok", checkedAt: 1_000, intervalMs: 5_000 } as const;
  assert.equal(statusAt(told, 60_000, 61_000).stale, "no data for 1 min");
  assert.equal(statusAt(told, 1_000, 61_000).stale, "poller silent, last checked 1 min ago");
  assert.equal(statusAt({ ...told, checkedAt: null }, 61_000, 61_000).stale, "not checked yet");
});

test("words that stand beside an age that goes on have none of their own", () => {
  const told = { status: "ok", checkedAt: 1_000, intervalMs: 5_000 } as const;
  assert.equal(statusAt(told, 60_000, 61_000).why, "no data in time");
  assert.equal(statusAt(told, 1_000, 61_000).why, "poller silent");
  assert.equal(statusAt(told, 2_000, 2_000).why, null);
});

test("what was seen before the clock was set back is not shown as if it were of now", () => {
  const told = { status: "ok", checkedAt: 3_600_000, intervalMs: 5_000 } as const;
  assert.equal(statusAt(told, 3_600_000, 10_000).status, "unknown", "the poller is gone, its last sign lies ahead");
  assert.equal(statusAt(told, 10_000, 10_000).status, "unknown", "the poller lives, this service waits for its poll");
  assert.equal(statusAt(told, 3_600_000, 3_599_000).status, "ok", "clocks a second apart are no trouble");
});
