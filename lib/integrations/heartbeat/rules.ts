import { formatDuration } from "#lib/core/duration.ts";
import type { Fact, Rule } from "#lib/core/rule.ts";
import type { HeartbeatDetail, JobRun } from "#lib/integrations/heartbeat/detail.ts";

/** What is trouble for a job. Its silence counts only where it would have been heard. */
export const heartbeatRules: readonly Rule<HeartbeatDetail>[] = [
  {
    type: "fact",
    id: "missed",
    title: "Missed",
    severity: "critical",
    help: "It was due, `grace` passed, and nothing was heard of it: cron does not run, its machine is down, or its report was refused (then its token has expired or was revoked). What was due while Pitwall did not listen is not missed but unknown.",
    find: ({ host, graceMs, standing }) => {
      if (standing.is !== "missed") return [];
      const { byMs, times } = standing;
      const words = times === 1 ? "was due" : `missed ${times} runs; the first was due`;
      const message = `${words} ${formatDuration(byMs)} ago and was not heard of (limit ${formatDuration(graceMs)})`;
      return [{ ...at(host), message, clause: "was not heard of when it was due", value: byMs, limit: graceMs }];
    },
  },
  {
    type: "fact",
    id: "failed",
    title: "Failed",
    severity: "critical",
    help: "The last run that ended says that it failed. It stays so until one succeeds.",
    find: ({ host, runs }) => {
      const last = lastEnded(runs);
      if (last?.outcome !== "failed") return [];
      const code = last.exitCode === null ? "" : ` with exit code ${last.exitCode}`;
      const after = last.durationMs === null ? "" : ` after ${formatDuration(last.durationMs)}`;
      const said = last.message === null ? "" : `: ${last.message}`;
      return [{ ...at(host), message: `the last run failed${code}${after}${said}`, clause: `failed${code}` }];
    },
  },
  {
    type: "fact",
    id: "never-ended",
    title: "Never ended",
    severity: "critical",
    help: "A run began and did not end: the next one began instead, or twice the time it may take has passed. Its machine went down under it, or it was killed.",
    find: ({ host, runs }) => {
      const last = lastEnded(runs);
      if (last?.outcome !== "never-ended") return [];
      const limits = last.limitMs === null ? {} : { value: last.durationMs ?? 0, limit: last.limitMs };
      const since = last.durationMs === null ? "" : ` ${formatDuration(last.durationMs)} ago`;
      const limit = last.limitMs === null ? "" : ` (limit ${formatDuration(last.limitMs)})`;
      const message =
        last.limitMs === null
          ? "the last run began and never ended: the next one began without its end"
          : `the last run began${since} and never ended${limit}`;
      return [{ ...at(host), message, clause: "began and never ended", ...limits }];
    },
  },
  {
    type: "fact",
    id: "late",
    title: "Late",
    severity: "warning",
    help: "It is due, and half of `grace` has passed without a word of it.",
    find: ({ host, graceMs, standing }) => {
      if (standing.is !== "late") return [];
      const { byMs } = standing;
      const limit = graceMs / 2;
      const message = `was due ${formatDuration(byMs)} ago and was not heard of yet (limit ${formatDuration(limit)})`;
      return [{ ...at(host), message, clause: "is late", value: byMs, limit }];
    },
  },
  {
    type: "fact",
    id: "too-long",
    title: "Runs too long",
    severity: "warning",
    help: "A run goes on for longer than `longest`, or into the time of the next one.",
    find: ({ host, runs }) =>
      runs
        .filter(({ outcome }) => outcome === "too-long")
        .map((run): Fact => {
          const [value, limit] = [run.durationMs ?? 0, run.limitMs ?? 0];
          const message = `runs for ${formatDuration(value)} (limit ${formatDuration(limit)})`;
          return { ...at(host), ...named(run), message, clause: `runs for ${formatDuration(value)}`, value, limit };
        }),
  },
  {
    type: "fact",
    id: "overlap",
    title: "Runs overlap",
    severity: "warning",
    help: "A run began before the last one ended. Told of jobs that name their runs; a lock such as `flock -n` keeps them apart.",
    find: ({ host, runs }) => {
      const open = runs.filter(goesOn);
      if (open.length < 2) return [];
      const message = `${open.length} runs at once (limit 1)`;
      return [{ ...at(host), message, clause: `runs ${open.length} times at once`, value: open.length, limit: 1 }];
    },
  },
];

/** Whether a run is under way, in time or not. */
export function goesOn({ outcome }: JobRun): boolean {
  return outcome === "running" || outcome === "too-long";
}

/** The last run that is over, one way or another. */
export function lastEnded(runs: readonly JobRun[]): JobRun | undefined {
  return runs.findLast((run) => !goesOn(run));
}

function at(host: string | null) {
  return host === null ? {} : { node: host };
}

function named({ run }: JobRun) {
  return run === null ? {} : { subject: run };
}
