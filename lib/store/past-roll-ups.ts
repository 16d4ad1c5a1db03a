import { gapsBetween } from "#lib/store/gaps.ts";
import type { History } from "#lib/store/open-store.ts";
import { readColumns } from "#lib/store/poll-columns.ts";
import { mergeRollUps, type RollUp, rollUpPolls } from "#lib/store/roll-up.ts";
import { listRollUps, type RolledTier, rolledUntil, stepMsOf } from "#lib/store/roll-ups.ts";

/**
 * Roll-ups of one service in [from, to], oldest first, from wherever they can be had: what is not rolled up yet is made of
 * the polls, and where minutes are no longer kept stand hours.
 */
export function readRollUps(
  reading: History,
  serviceId: string,
  tier: RolledTier,
  range: { readonly from: number; readonly to: number; readonly holdMs: number; readonly keys?: readonly string[] },
): RollUp[] {
  const { from, to, holdMs } = range;
  const until = rolledUntil(reading, serviceId) ?? 0;
  const kept = until > from ? listRollUps(reading, serviceId, tier, range) : [];
  const first = kept[0]?.at ?? Math.max(from, until);
  const older =
    tier === "minutes" && first - from >= stepMsOf.hours
      ? listRollUps(reading, serviceId, "hours", { ...range, to: first - stepMsOf.hours })
      : [];
  const begin = Math.max(from, until);
  const keys = range.keys === undefined ? {} : { keys: range.keys };
  const polls = begin <= to ? readColumns(reading, serviceId, { from: begin - holdMs, to, ...keys }) : null;
  const span = { from: begin, to: to + 1, stepMs: stepMsOf.minutes, holdMs };
  const fresh = polls === null ? [] : rollUpPolls(polls, { ...span, gaps: gapsBetween(reading, begin - holdMs, to) });
  const all = [...older, ...kept, ...(tier === "hours" ? mergeRollUps(fresh, stepMsOf.hours) : fresh)];
  // The hour that is half rolled up and half not stands twice.
  return tier === "hours" ? mergeRollUps(all, stepMsOf.hours) : all;
}
