import type { Status } from "#lib/core/status.ts";

/** So many polls in a row make trouble certain. */
export const pollsToFail = 3;
/** So many polls in a row make a recovery certain. */
export const pollsToRecover = 2;

/** What the last polls of a service said, oldest first, each with its time. */
export interface RecentPolls {
  readonly at: readonly number[];
  readonly status: readonly Status[];
}

/**
 * What is certain of a service: `critical` or `trouble` (a warning at least) when the last three polls say so, `well` when
 * the last two were ok, else nothing. Polls before `countsFrom` say nothing: trouble of planned work does not count.
 */
export function confirmedOf(polls: RecentPolls, countsFrom: number): "critical" | "trouble" | "well" | null {
  const last = (count: number) => polls.status.filter((_, index) => (polls.at[index] ?? 0) >= countsFrom).slice(-count);
  const recent = last(pollsToFail);
  if (recent.length === pollsToFail && recent.every((status) => status === "critical")) return "critical";
  if (recent.length === pollsToFail && recent.every((status) => status === "critical" || status === "warning")) {
    return "trouble";
  }
  const latest = polls.status.slice(-pollsToRecover);
  return latest.length === pollsToRecover && latest.every((status) => status === "ok") ? "well" : null;
}
