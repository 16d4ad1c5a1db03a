import assert from "node:assert/strict";
import { test } from "node:test";
import type { HeartbeatDetail, JobRun } from "#lib/integrations/heartbeat/detail.ts";
import {
  barsOf,
  barWords,
  dueWords,
  reportLine,
  runWords,
  timeIn,
  tokenLine,
} from "#lib/integrations/heartbeat/panel-words.ts";

const at = Date.UTC(2026, 10, 28, 1, 15);

function run(id: number, more: Partial<JobRun>): JobRun {
  const times = { startedAt: at, endedAt: at + 60_000, durationMs: 60_000, limitMs: null };
  return { id, run: null, ...times, outcome: "succeeded", exitCode: 0, message: null, from: null, ...more };
}

function detail(more: Partial<HeartbeatDetail>): HeartbeatDetail {
  const job = { schedule: "15 2 * * * Europe/Berlin", timeZone: "Europe/Berlin", graceMs: 60_000, host: null };
  const heard = { runs: [], dueAt: at + 86_400_000, lastSuccessAt: null, from: null, printed: null };
  return { ...job, ...heard, standing: { is: "in-time" }, ...more };
}

test("a bar for each run as high as it took long, and one for each that was missed since", () => {
  const runs = [
    run(1, { durationMs: 30_000 }),
    run(2, { outcome: "failed", exitCode: 3 }),
    run(3, { outcome: "running" }),
  ];
  const missed = { is: "missed", dueAt: at, byMs: 1, times: 2 } as const;
  assert.deepEqual(
    barsOf(detail({ runs, standing: missed })).map(({ look, share }) => [look, share]),
    [
      ["ok", 0.5],
      ["critical", 1],
      ["open", 1],
      ["gap", null],
      ["gap", null],
    ],
  );
  assert.equal(barWords(detail({ runs, standing: missed })), "1 of the last 2 runs succeeded, 2 missed since");
});

test("a run is told by its end, its exit code and its time, and what is not known is not told", () => {
  assert.equal(runWords(run(1, {})), "succeeded in 1 min");
  assert.equal(runWords(run(1, { outcome: "failed", exitCode: 137, durationMs: null })), "failed with exit code 137");
  assert.equal(runWords(run(1, { outcome: "too-long", durationMs: 7_200_000 })), "runs for 2 h");
  assert.equal(runWords(run(1, { outcome: "never-ended", durationMs: null })), "never ended");
});

test("what is due is told on the clock of its crontab, and what is overdue since when", () => {
  assert.equal(dueWords(detail({ dueAt: at }), at - 3_600_000), "in 1 h · Sat 28 Nov 02:15:00 Europe/Berlin");
  assert.equal(dueWords({ dueAt: at, timeZone: null }, at + 240_000), "since 4 min");
  assert.equal(timeIn(at, null), "Sat 28 Nov 01:15:00 UTC");
});

test("the line for the crontab has nothing in it that a crontab or a list of processes would read", () => {
  const line = reportLine("https://pitwall.example.com", "backup");
  assert.match(line, / https:\/\/pitwall\.example\.com\/api\/v1\/heartbeats\/backup$/);
  assert.doesNotMatch(line, /%|pw_/);
  assert.match(tokenLine("backup"), /--door heartbeat --service backup/);
});
