import { formatDuration } from "#lib/core/duration.ts";
import type { Status } from "#lib/core/status.ts";

/** The poller writes a sign of life this often. */
export const pollerBeatMs = 1_000;
/** Without a sign of life for this long, the poller counts as stopped and nothing it said stays green. */
export const pollerSilentMs = 6_000;

/** Whether a sign of life is of now. One that lies ahead is not: the clock was set back since, so its age is not known. */
export function pollerLives(beatAt: number, now: number): boolean {
  return Math.abs(now - beatAt) <= pollerSilentMs;
}

/** How old a service's last poll may be before its status is `unknown`: three intervals, at least 6 s. */
export function staleAfterMs(intervalMs: number): number {
  return Math.max(3 * intervalMs, 6_000);
}

export interface Freshness {
  readonly status: Status;
  /** Why the told status is not believed, and for how long by now; `null` when it is. */
  readonly stale: string | null;
  /** The same without the time, for words that are told once and then stand: beside an age that goes on, theirs would be wrong. */
  readonly why: string | null;
}

/**
 * What may be shown of a status at `now`: green is never shown on old data. Trouble that was seen turns unknown as well,
 * because nobody knows whether it lasts; the findings stay readable with their age.
 */
export function statusAt(
  told: { readonly status: Status; readonly checkedAt: number | null; readonly intervalMs: number },
  beatAt: number | null,
  now: number,
): Freshness {
  if (told.checkedAt === null) return notBelieved("not checked yet");
  const age = now - told.checkedAt;
  if (beatAt !== null && (beatAt - now > pollerSilentMs || -age > pollerSilentMs)) {
    return notBelieved("the clock was set back, so its age is not known");
  }
  if (beatAt === null || !pollerLives(beatAt, now)) {
    return notBelieved("poller silent", `poller silent, last checked ${formatDuration(age)} ago`);
  }
  if (age > staleAfterMs(told.intervalMs)) return notBelieved("no data in time", `no data for ${formatDuration(age)}`);
  return { status: told.status, stale: null, why: null };
}

function notBelieved(why: string, stale = why): Freshness {
  return { status: "unknown", stale, why };
}
