import assert from "node:assert/strict";
import test from "node:test";
import type { HaproxyTimes } from "#lib/integrations/haproxy/detail.ts";
import type { StatRow } from "#lib/integrations/haproxy/parse.ts";
import { timesOf } from "#lib/integrations/haproxy/servers.ts";

function row(rtime: number, requests: number, lastsess = 1): StatRow {
  const fields = new Map([
    ["rtime", String(rtime)],
    ["req_tot", String(requests)],
    ["lastsess", String(lastsess)],
  ]);
  return { proxy: "learn", name: "web-01", kind: "server", fields };
}

/** What the newest answers took, poll by poll, from HAProxy's average and its count of requests. */
function lately(polls: readonly [averageMs: number, requests: number][]): (number | null)[] {
  let before: HaproxyTimes | null = null;
  return polls.map(([average, requests]) => {
    before = timesOf([row(average, requests)], before);
    return before?.latelyMs ?? null;
  });
}

test("an outage that ended is not told for minutes: the newest answers are taken out of the falling average", () => {
  const times = lately([
    [1_200, 900],
    [1_400, 902],
    [1_395, 904],
    [1_395, 904],
    [1_390, 906],
  ]);
  assert.deepEqual(times, [1_200, 1_400, 115, 115, 110]);
});

test("answers that stay slow stay told, though the average falls a little", () => {
  const [, second = 0] = lately([
    [7_400, 13],
    [7_300, 14],
  ]) as number[];
  assert.ok(second > 5_000, `${second}`);
});

test("an average that rises is believed as it is", () => {
  assert.deepEqual(
    lately([
      [100, 900],
      [160, 901],
    ]),
    [100, 160],
  );
});

test("an average without a recent session says nothing of now", () => {
  assert.equal(timesOf([row(1_400, 900, 60)], null), null);
});
