import { formatDuration } from "#lib/core/duration.ts";
import { pollerSilentMs } from "#lib/core/freshness.ts";
import { forgetPending } from "#lib/core/rule.ts";
import { defaultPolicy, nextState } from "#lib/core/state.ts";
import { readBeat } from "#lib/store/beat.ts";
import { insertEvents } from "#lib/store/events.ts";
import type { Store } from "#lib/store/open-store.ts";
import { listServices } from "#lib/store/services.ts";
import { listStates, stateFrom, writeStates } from "#lib/store/states.ts";

/**
 * Tells the timeline that nobody watched between the last sign of life and now. Without this a gap would look like the
 * status before it: a monitor that was off all night would claim that all was well.
 */
export async function tellSilence(store: Store, now: number): Promise<void> {
  await store.write(async (writing) => {
    const beat = await readBeat(writing);
    const gapMs = beat === null ? 0 : now - beat.beatAt;
    if (beat === null || gapMs <= pollerSilentMs) {
      return await insertEvents(writing, [{ at: now, kind: "poller", text: "Poller started" }]);
    }
    const names = new Map((await listServices(writing)).map((service) => [service.id, service.name]));
    const gap = { at: beat.beatAt, status: "unknown" as const, counts: false, held: false };
    const seen = (await listStates(writing, [...names.keys()])).filter((state) => state.status !== "unknown");
    const text = (id: string) => `${names.get(id)} is unknown: nobody watched it, the poller was off`;
    await insertEvents(writing, [
      ...seen.map(({ serviceId, status }) => ({
        at: beat.beatAt,
        kind: "status" as const,
        serviceId,
        from: status,
        state: "soft" as const,
        to: "unknown" as const,
        text: text(serviceId),
      })),
      {
        at: now,
        kind: "poller",
        text: `Poller started, after ${formatDuration(gapMs)} without a sign of life`,
        since: beat.beatAt,
      },
    ]);
    await writeStates(
      writing,
      seen.map((state) => ({
        ...stateFrom(state),
        status: "unknown" as const,
        since: beat.beatAt,
        memory: nextState(state.memory, gap, defaultPolicy),
        ruleMemory: forgetPending(state.ruleMemory),
      })),
    );
  });
}
