import { pollerSilentMs } from "#lib/core/freshness.ts";
import type { History } from "#lib/store/open-store.ts";
import type { Gap } from "#lib/store/roll-up.ts";

/**
 * When nobody measured in [from, to], sorted: the poller was off, stood still, or could not see, as its events tell; and
 * from its last sign of life on, where it has been silent since.
 */
export function gapsBetween({ past }: Pick<History, "past">, from: number, to: number): Gap[] {
  const told = past
    .prepare<[number, number], Gap>(
      `SELECT "since" AS "from", "at" AS "until" FROM "Event"
       WHERE "kind" = 'poller' AND "since" IS NOT NULL AND "at" > ? AND "since" < ? ORDER BY "since"`,
    )
    .all(from, to);
  const beat = past.prepare<[], { at: number }>(`SELECT "beatAt" AS "at" FROM "PollerBeat"`).get();
  const silent = beat !== undefined && to - beat.at > pollerSilentMs;
  return silent ? [...told, { from: beat.at, until: Number.POSITIVE_INFINITY }] : told;
}
