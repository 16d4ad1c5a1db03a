import type { Mail, Span } from "#lib/core/heartbeat.ts";
import type { HeartbeatConfig } from "#lib/integrations/heartbeat/config.ts";
import type { Standing } from "#lib/integrations/heartbeat/detail.ts";
import { dueAfter } from "#lib/integrations/heartbeat/schedule.ts";

/** The last that was heard of a job. `null`: nothing yet. */
export interface LastHeard {
  /** When its last run began, or ended where that is all it told. */
  readonly began: number;
  /** Up to when it was heard of; of a run that goes on, now. */
  readonly until: number;
}

export interface Expectation {
  readonly standing: Standing;
  /** What is waited for, or comes next. */
  readonly dueAt: number | null;
}

/** Clocks differ: a run may report a little before it is due here. */
const earlyMs = 60_000;
/** More than anybody counts; it bounds the time for a job of every minute after a long silence. */
const mostDues = 100;

/**
 * Whether a job was heard of when it was due. A run that was due while nobody listened, or before its schedule was in force, is
 * not missed: whether it ran is not known. Pure.
 */
export function standingOf(
  { schedule, graceMs }: HeartbeatConfig,
  heard: LastHeard | null,
  mail: Pick<Mail, "deaf" | "expectedSince">,
  now: number,
): Expectation {
  const next = (after: number) => dueAfter(schedule, heard?.began ?? mail.expectedSince, after);
  const first = next(heard === null ? mail.expectedSince : heard.until + leeway(next, heard.until));
  const { missed, excused, dueAt } = passed(first, next, graceMs, mail, now);
  const firstMissed = missed[0];
  if (firstMissed !== undefined) {
    const byMs = now - firstMissed;
    return { standing: { is: "missed", dueAt: firstMissed, byMs, times: missed.length }, dueAt };
  }
  const lastExcused = excused.at(-1);
  if (lastExcused !== undefined) return { standing: { is: "unsure", ...lastExcused }, dueAt };
  const byMs = dueAt === null ? 0 : now - dueAt;
  if (dueAt !== null && byMs >= graceMs / 2 && !isDeaf(mail.deaf, { from: dueAt - earlyMs, until: now })) {
    return { standing: { is: "late", dueAt, byMs }, dueAt };
  }
  return { standing: { is: heard === null ? "unheard" : "in-time" }, dueAt };
}

interface Passed {
  /** When runs were due that would have been heard of. */
  readonly missed: readonly number[];
  readonly excused: readonly { readonly dueAt: number; readonly why: "deaf" | "new" }[];
  /** The first whose grace has not passed; `null`: there is none. */
  readonly dueAt: number | null;
}

/** The times from `first` on whose grace has passed without a word. */
function passed(
  first: number | null,
  next: (after: number) => number | null,
  graceMs: number,
  { deaf, expectedSince }: Pick<Mail, "deaf" | "expectedSince">,
  now: number,
): Passed {
  const missed: number[] = [];
  const excused: { dueAt: number; why: "deaf" | "new" }[] = [];
  let due = first;
  for (let count = 0; due !== null && due + graceMs <= now && count < mostDues; count += 1) {
    const window = { from: due - earlyMs, until: due + graceMs };
    const lost = deaf.find((span) => overlaps(span, window));
    if (due < expectedSince) excused.push({ dueAt: due, why: "new" });
    else if (lost !== undefined) excused.push({ dueAt: due, why: "deaf" });
    else missed.push(due);
    // All that a long stretch covers is excused at once.
    const excusedTo = due < expectedSince ? expectedSince : (lost?.until ?? due);
    due = next(Math.max(due, Math.min(excusedTo, now) - graceMs - 1));
  }
  return { missed, excused, dueAt: due };
}

/** Less than half of a period, so that no run stands for two. */
function leeway(next: (after: number) => number | null, from: number): number {
  const first = next(from);
  const second = first === null ? null : next(first);
  return first === null || second === null ? earlyMs : Math.min(earlyMs, (second - first) / 4);
}

function isDeaf(deaf: readonly Span[], window: Span): boolean {
  return deaf.some((span) => overlaps(span, window));
}

function overlaps(a: Span, b: Span): boolean {
  return a.from < b.until && b.from < a.until;
}
