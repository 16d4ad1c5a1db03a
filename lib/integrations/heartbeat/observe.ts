import type { Mail } from "#lib/core/heartbeat.ts";
import type { HeartbeatConfig } from "#lib/integrations/heartbeat/config.ts";
import type { HeartbeatDetail, JobRun, RunOutcome } from "#lib/integrations/heartbeat/detail.ts";
import { runsOf, type ToldRun } from "#lib/integrations/heartbeat/runs.ts";
import { dueAfter, scheduleWords } from "#lib/integrations/heartbeat/schedule.ts";
import { type LastHeard, standingOf } from "#lib/integrations/heartbeat/standing.ts";

/** As many as a panel shows. */
const shownRuns = 30;

/** What came of a job → what is known of it now. Pure. */
export function observe(config: HeartbeatConfig, mail: Mail, now: number): HeartbeatDetail {
  const told = runsOf(mail.heartbeats);
  const runs = told.map((run) => judged(run, config, now));
  const { standing, dueAt } = standingOf(config, lastHeard(runs, now), mail, now);
  const last = told.findLast(({ endedAt }) => endedAt !== null);
  return {
    schedule: scheduleWords(config.schedule),
    timeZone: "timeZone" in config.schedule ? config.schedule.timeZone : null,
    graceMs: config.graceMs,
    host: config.host,
    standing,
    runs: runs.slice(-shownRuns),
    dueAt,
    lastSuccessAt: runs.findLast(({ outcome }) => outcome === "succeeded")?.endedAt ?? null,
    from: mail.heartbeats.at(-1)?.from ?? null,
    printed: last?.printed ?? null,
  };
}

function judged(run: ToldRun, config: HeartbeatConfig, now: number): JobRun {
  const { is, printed: _, ...told } = run;
  if (is !== "open") {
    return { ...told, outcome: is === "superseded" ? "never-ended" : is, limitMs: null };
  }
  const startedAt = run.startedAt ?? now;
  const limitMs = limitOf(config, startedAt);
  const durationMs = now - startedAt;
  const outcome: RunOutcome =
    limitMs === null || durationMs <= limitMs ? "running" : durationMs <= 2 * limitMs ? "too-long" : "never-ended";
  return { ...told, outcome, limitMs, durationMs };
}

/** How long a run may take that began then. */
function limitOf({ schedule, graceMs, longestMs }: HeartbeatConfig, startedAt: number): number | null {
  if (longestMs !== null) return longestMs;
  // It may have begun a little before it was due: then that one is not the next.
  const next = dueAfter(schedule, startedAt, startedAt);
  if (next === null) return null;
  const after = next - startedAt < 60_000 ? dueAfter(schedule, startedAt, next) : next;
  return (after ?? next) - startedAt + graceMs;
}

/** A run that goes on keeps the next one from being missed: that it takes too long is told by itself. */
function lastHeard(runs: readonly JobRun[], now: number): LastHeard | null {
  const heard = runs.map(({ startedAt, endedAt, outcome }) => {
    const goesOn = outcome === "running" || outcome === "too-long";
    return { began: startedAt ?? endedAt ?? now, until: goesOn ? now : (endedAt ?? startedAt ?? now) };
  });
  if (heard.length === 0) return null;
  return {
    began: Math.max(...heard.map(({ began }) => began)),
    until: Math.max(...heard.map(({ until }) => until)),
  };
}
