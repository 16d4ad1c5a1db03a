import { formatDuration } from "#lib/core/duration.ts";
import type { OfferDto } from "#lib/wire/board.ts";

/**
 * What a button says before the click: how often it helped, and when it was last tried out. `null` when nobody knows. Without
 * `now` the day of the drill is told instead of its age.
 */
export function offerWords({ record, drill }: Pick<OfferDto, "record" | "drill">, now: number | null): string | null {
  const parts = [
    ...(record === undefined
      ? []
      : [`worked ${record.helped} of ${record.of} times${record.sameSymptom ? " for this symptom" : ""}`]),
    ...(drill === undefined ? [] : [`last drill ${when(drill.at, now)}${drill.passed ? "" : ", it failed"}`]),
  ];
  return parts.length === 0 ? null : parts.join(", ");
}

function when(at: number, now: number | null): string {
  return now === null ? new Date(at).toISOString().slice(0, 10) : `${formatDuration(Math.max(0, now - at))} ago`;
}

/** The same in a few characters, for the button itself. */
export function offerMark({ record }: Pick<OfferDto, "record">): string | null {
  return record === undefined ? null : `${record.helped}/${record.of}`;
}
