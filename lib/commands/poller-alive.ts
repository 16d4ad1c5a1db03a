import { formatDuration } from "#lib/core/duration.ts";
import { pollerSilentMs } from "#lib/core/freshness.ts";
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
  const age = now - beat.beatAt;
  if (age <= pollerSilentMs) return null;
  return { code: "poller-silent", detail: `The poller gave no sign of life for ${formatDuration(age)}` };
}
