import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { formatDuration, parseDurationMs } from "#lib/core/duration.ts";
import { formatBytes, formatValue } from "#lib/core/unit.ts";

test("durations are written as people say them", () => {
  const written = [340, 5_200, 9_949, 48_000, 60_000, 252_000, 720_000, 21_600_000, 23_400_000, 3_542_400_000].map(
    formatDuration,
  );
  assert.deepEqual(written, [
    "340 ms",
    "5.2 s",
    "9.9 s",
    "48 s",
    "1 min",
    "4 min 12 s",
    "12 min",
    "6 h",
    "6 h 30 min",
    "41 d",
  ]);
});

test("durations are read with every unit, and nothing else is read", () => {
  assert.deepEqual(
    ["500ms", "5s", "2min", "2m", "1h", "7d", "3y", "1.5 s"].map(parseDurationMs),
    [500, 5_000, 120_000, 120_000, 3_600_000, 604_800_000, 94_608_000_000, 1_500],
  );
  assert.deepEqual(["", "5", "s", "-5s", "5 parsecs", "5s5s"].map(parseDurationMs), Array(6).fill(undefined));
});

test("numbers carry their unit; what was not measured is a dash", () => {
  assert.equal(formatValue(1_208, "count"), "1\u202f208");
  assert.equal(formatValue(41.2, "percent"), "41 %");
  assert.equal(formatValue(0.13, "percent"), "0.1 %");
  assert.equal(formatValue(null, "bytes"), "–");
  assert.deepEqual([0, 999, 16_000, 318_000_000, 1_250_000_000].map(formatBytes), [
    "0 B",
    "999 B",
    "16 kB",
    "318 MB",
    "1.3 GB",
  ]);
});

test("no number makes the formatting throw", () => {
  fc.assert(
    fc.property(
      fc.double(),
      (value) => typeof formatDuration(value) === "string" && typeof formatBytes(value) === "string",
    ),
  );
});
