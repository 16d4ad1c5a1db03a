import { Cron } from "croner";
import { formatDuration } from "#lib/core/duration.ts";

export type Schedule = { readonly everyMs: number } | { readonly cron: string; readonly timeZone: string };

/** A crontab's own words for times would be taken for a sixth field otherwise. */
const fiveFields = { mode: "5-part" } as const;

/**
 * When it is due next after `after`. `anchor` is when its last run began, or since when it is expected: from there `every`
 * counts. What daylight saving leaves out is due when the clock goes on, what it repeats is due once, as cron does it.
 * `null`: never again. Pure.
 */
export function dueAfter(schedule: Schedule, anchor: number, after: number): number | null {
  if ("everyMs" in schedule) {
    const { everyMs } = schedule;
    return anchor + Math.max(1, Math.floor((after - anchor) / everyMs) + 1) * everyMs;
  }
  return cronOf(schedule.cron, schedule.timeZone).nextRun(new Date(after))?.getTime() ?? null;
}

/** Why that is no schedule; `null` when it is one. */
export function cronTrouble(cron: string, timeZone: string): string | null {
  if (cron.trim().split(/\s+/).length !== 5) return "expected five fields: minute, hour, day, month, day of the week";
  try {
    const next = new Cron(cron.trim(), { timezone: timeZone, ...fiveFields }).nextRun(new Date(0));
    return next === null ? "expected a time that comes: there is no such day" : null;
  } catch {
    return "expected a schedule as in a crontab, like `15 2 * * *`";
  }
}

/** `every 1 d`, `15 2 * * * Europe/Berlin`. */
export function scheduleWords(schedule: Schedule): string {
  if ("everyMs" in schedule) return `every ${spanWords(schedule.everyMs)}`;
  return `${schedule.cron} ${schedule.timeZone}`;
}

/** A length of time as somebody wrote it: `6 s`, not `6.0 s`. */
export function spanWords(ms: number): string {
  return formatDuration(ms).replace(/\.0 s$/, " s");
}

const kept = new Map<string, Cron>();
const mostKept = 1_000;

/** Reading an expression costs more than asking it. */
function cronOf(cron: string, timeZone: string): Cron {
  const key = `${timeZone} ${cron}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  if (kept.size >= mostKept) kept.clear();
  const read = new Cron(cron.trim(), { timezone: timeZone, ...fiveFields });
  kept.set(key, read);
  return read;
}
