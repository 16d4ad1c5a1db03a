import { formatDuration } from "#lib/core/duration.ts";
import { pollerLives } from "#lib/core/freshness.ts";
import { readBeat } from "#lib/store/beat.ts";
import type { Reading } from "#lib/store/open-store.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/**
 * Why a request that the poller must carry out is not taken: nobody would. `null` when the poller is alive. Asked before
 * the write begins: a poller that was stopped in the middle of its own write still holds the store's lock.
 */
export async function pollerSilence(reading: Reading, now: number): Promise<Refusal | null> {
  const beat = await readBeat(reading);
  if (beat === null) return { code: "poller-silent", detail: "The poller has not started yet" };
  if (pollerLives(beat.beatAt, now)) return null;
  const age = now - beat.beatAt;
  const detail =
    age < 0
      ? "The clock was set back, and the poller gave no sign of life since"
      : `The poller gave no sign of life for ${formatDuration(age)}`;
  return { code: "poller-silent", detail };
}
