import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultBackOff, nextDelayMs } from "#lib/cli/restart-delay.ts";

test("the wait doubles from half a second to half a minute", () => {
  const waits: number[] = [];
  for (let last: number | null = null; waits.length < 9; waits.push(last)) last = nextDelayMs(last, 10, defaultBackOff);
  assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test("a minute of running makes the next end the first again", () => {
  assert.equal(nextDelayMs(30_000, 59_999, defaultBackOff), 30_000);
  assert.equal(nextDelayMs(30_000, 60_000, defaultBackOff), 500);
});
