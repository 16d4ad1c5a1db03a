import assert from "node:assert/strict";
import test from "node:test";
import type { HaproxyTimes } from "#lib/integrations/haproxy/detail.ts";
import type { StatRow } from "#lib/integrations/haproxy/parse.ts";
import { timesOf } from "#lib/integrations/haproxy/servers.ts";

function row(rtime: number, lastsess = 1): StatRow {
  const fields = new Map([
    ["rtime", String(rtime)],
    ["lastsess", String(lastsess)],
  ]);
  return { proxy: "learn", name: "web-01", kind: "server", fields };
}

/** The averages of consecutive polls, each with whether it is believed to speak of now. */
function believed(averages: readonly number[]): boolean[] {
  let before: HaproxyTimes | null = null;
  return averages.map((average) => {
    before = timesOf([row(average)], before);
    return before?.falling === false;
  });
}

test("an average that falls speaks of a time that is over, so an outage that ended is not told for minutes", () => {
  assert.deepEqual(believed([1_200, 1_400, 1_390, 1_390, 1_380]), [true, true, false, false, false]);
});

test("an average that rises again is believed again", () => {
  assert.deepEqual(believed([1_400, 1_390, 1_395, 1_395]), [true, false, true, true]);
});

test("an average without a recent session says nothing of now", () => {
  assert.equal(timesOf([row(1_400, 60)], null), null);
});
