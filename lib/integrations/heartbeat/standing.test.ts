import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Heartbeat } from "#lib/core/heartbeat.ts";
import { judge } from "#lib/core/rule.ts";
import { heartbeatConfig } from "#lib/integrations/heartbeat/config.ts";
import { manifest } from "#lib/integrations/heartbeat/manifest.ts";
import { observe } from "#lib/integrations/heartbeat/observe.ts";
import { dueAfter } from "#lib/integrations/heartbeat/schedule.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** A Monday, 12:00 UTC. */
const noon = Date.UTC(2026, 10, 23, 12);

function beat(id: number, at: number, more: Partial<Heartbeat> = {}): Heartbeat {
  const nothing = { run: null, exitCode: null, durationMs: null, message: null, log: null, from: null };
  return { id, at, says: "success", ...nothing, ...more };
}

function seen(
  options: Record<string, unknown>,
  mail: { heartbeats?: Heartbeat[]; deaf?: { from: number; until: number }[]; expectedSince?: number },
  now: number,
) {
  const config = heartbeatConfig.parse(options);
  return observe(config, { heartbeats: [], deaf: [], expectedSince: noon, ...mail }, now);
}

test("a job that was never heard of is unknown until it is due, then late, then missed", () => {
  const at = (now: number) => seen({ every: "1h", grace: "10min" }, {}, now).standing.is;
  assert.equal(at(noon + 59 * minute), "unheard");
  assert.equal(at(noon + hour + 4 * minute), "unheard");
  assert.equal(at(noon + hour + 5 * minute), "late");
  assert.equal(at(noon + hour + 10 * minute), "missed");
});

test("a schedule that is new holds for what is due from then on", () => {
  const heartbeats = [beat(1, noon - 10 * hour)];
  const daily = { cron: "0 5 * * *", grace: "10min" };
  const changed = (now: number) => seen(daily, { heartbeats, expectedSince: noon }, now).standing;
  assert.deepEqual(changed(noon + hour), { is: "unsure", dueAt: noon - 7 * hour, why: "new" });
  assert.equal(changed(noon + 17 * hour + 10 * minute).is, "missed");
});

test("a long outage excuses all that was due in it, and nothing after it", () => {
  const heartbeats = [beat(1, noon)];
  const deaf = [{ from: noon + minute, until: noon + 30 * day }];
  const minutely = (now: number) => seen({ cron: "* * * * *", grace: "1min" }, { heartbeats, deaf }, now).standing;
  assert.equal(minutely(noon + 30 * day + minute).is, "unsure");
  const missed = minutely(noon + 30 * day + 10 * minute);
  assert.ok(missed.is === "missed" && missed.dueAt >= noon + 30 * day);
});

test("a second without listening while it was due is enough not to call it missed", () => {
  const heartbeats = [beat(1, noon)];
  const deaf = [{ from: noon + hour + minute, until: noon + hour + minute + 1_000 }];
  const at = (now: number) => seen({ every: "1h", grace: "10min" }, { heartbeats, deaf }, now).standing.is;
  assert.equal(at(noon + hour + 20 * minute), "unsure");
  assert.equal(at(noon + 2 * hour + 20 * minute), "missed");
});

test("a run that goes on is not missed, however often it was due meanwhile", () => {
  const heartbeats = [beat(1, noon, { says: "start" })];
  const options = { every: "1h", grace: "10min", longest: "5h" };
  assert.equal(seen(options, { heartbeats }, noon + 4 * hour).standing.is, "in-time");
});

test("a report that is sent again is the same run", () => {
  const start = { says: "start", run: "7" } as const;
  const end = { run: "7", exitCode: 0 };
  const heartbeats = [
    beat(1, noon, start),
    beat(2, noon + 1_000, start),
    beat(3, noon + 2_000, end),
    beat(4, noon + 9_000, end),
  ];
  assert.deepEqual(
    seen({ every: "1h" }, { heartbeats }, noon + minute).runs.map(({ outcome, durationMs }) => [outcome, durationMs]),
    [["succeeded", 2_000]],
  );
});

test("a start is sent again within a minute or two; later it is another run, and the one before never ended", () => {
  const outcomes = (run: string | null, afterMs: number) => {
    const heartbeats = [beat(1, noon, { says: "start", run }), beat(2, noon + afterMs, { says: "start", run })];
    return seen({ every: "1h" }, { heartbeats }, noon + 2 * minute).runs.map(({ outcome }) => outcome);
  };
  assert.deepEqual(outcomes("backup", 100_000), ["running"]);
  assert.deepEqual(outcomes("backup", 120_000), ["never-ended", "running"]);
  assert.deepEqual(outcomes(null, 20_000), ["running"]);
  assert.deepEqual(outcomes(null, minute), ["never-ended", "running"]);
});

test("the end that a run names is not taken for the end of one without a name", () => {
  const heartbeats = [beat(1, noon, { says: "start" }), beat(2, noon + 1_000, { run: "other", says: "fail" })];
  assert.deepEqual(
    seen({ every: "1h" }, { heartbeats }, noon + minute).runs.map(({ outcome }) => outcome),
    ["running", "failed"],
  );
});

for (const [about, cron, from, due] of [
  ["what is left out in spring is due when the clock goes on", "15 2 * * *", "2026-03-28T12:00Z", "2026-03-29T01:00Z"],
  ["what comes twice in autumn is due once", "15 2 * * *", "2026-10-25T00:15Z", "2026-10-26T01:15Z"],
  ["a job of every hour runs in both of them", "0 * * * *", "2026-10-25T00:00Z", "2026-10-25T01:00Z"],
] as const) {
  test(`daylight saving as cron keeps to it: ${about}`, () => {
    const next = dueAfter({ cron, timeZone: "Europe/Berlin" }, 0, Date.parse(from));
    assert.equal(new Date(next ?? 0).toISOString(), new Date(due).toISOString());
  });
}

for (const [cron, trouble] of [
  ["0 0 31 2 *", /no such day/],
  ["* * * * * *", /five fields/],
  ["61 * * * *", /crontab/],
  ["@daily", /five fields/],
  ["<script>", /five fields/],
] as const) {
  test(`no schedule: ${cron}`, () => {
    const parsed = heartbeatConfig.safeParse({ cron });
    assert.ok(!parsed.success);
    assert.match(parsed.error.issues[0]?.message ?? "", trouble);
    assert.ok(!heartbeatConfig.safeParse({}).success);
    assert.ok(!heartbeatConfig.safeParse({ cron: "0 1 * * *", every: "1h" }).success);
  });
}

test("whatever comes, it is judged: no green while something is overdue that would have been heard", () => {
  const word = fc.constantFrom("start" as const, "success" as const, "fail" as const);
  const run = fc.constantFrom(null, "a", "b");
  const report = fc.record({ says: word, run, after: fc.integer({ min: 0, max: 3 * hour }) });
  const gap = fc.record({ after: fc.integer({ min: 0, max: 5 * hour }), forMs: fc.integer({ min: 1, max: 5 * hour }) });
  fc.assert(
    fc.property(
      fc.array(report, { maxLength: 40 }),
      fc.array(gap, { maxLength: 3 }),
      fc.nat(2 * day),
      (told, gaps, rest) => {
        let at = noon;
        const heartbeats = told.map(({ after, ...more }, index) => {
          at += after;
          return beat(index + 1, at, more);
        });
        const now = at + rest;
        let shut = noon;
        const deaf = gaps.map(({ after, forMs }) => {
          const from = shut + after;
          shut = from + forMs;
          return { from, until: shut };
        });
        const detail = seen(
          { every: "1h", grace: "10min" },
          { heartbeats, deaf: deaf.filter(({ until }) => until < now) },
          now,
        );
        const findings = judge(detail, manifest.rules);
        assert.ok(detail.runs.length <= 30);
        const { standing } = detail;
        if (standing.is === "missed") assert.ok(findings.some(({ rule }) => rule === "missed"));
        if (standing.is !== "in-time") return;
        assert.ok(detail.dueAt !== null && detail.dueAt + 10 * minute > now, "nothing is overdue");
      },
    ),
    { numRuns: 500 },
  );
});
