import type { Sight } from "#lib/access/sight.ts";
import { listEvents } from "#lib/store/events.ts";
import type { Store } from "#lib/store/open-store.ts";
import { serviceNames } from "#lib/store/services.ts";
import { cutEvents, readSeen } from "#lib/views/seen.ts";
import type { Changes } from "#lib/wire/changes.ts";

const changesShown = 300;
/** What is to be explained, what was said of it, and what concerns Pitwall alone. */
const notChanges = ["status", "incident", "comment", "acknowledgement", "silence", "snapshot", "poller"] as const;

/**
 * What changed in [at − minutes, at] across all services or at one: facts that polls saw change, deploys, runs, changes of
 * the configuration, notes. Statuses are left out: they are what is to be explained.
 */
export async function changesView(
  store: Store,
  sight: Sight,
  wanted: { readonly at: number; readonly minutes: number; readonly serviceId?: string },
): Promise<Changes> {
  const { at, minutes, serviceId } = wanted;
  const from = at - minutes * 60_000;
  return await store.read(async (reading) => {
    const seen = await readSeen(reading, sight);
    const read = await listEvents(reading, {
      from,
      to: at,
      limit: changesShown + 1,
      without: notChanges,
    });
    const found = cutEvents(read, seen);
    const names = await serviceNames(reading);
    const events = serviceId === undefined ? found : found.filter((event) => concerns(event.serviceId, serviceId));
    return {
      at,
      from,
      changes: events.slice(0, changesShown).map((event) => ({
        ...event,
        serviceName: event.serviceId === null ? null : (names.get(event.serviceId) ?? event.serviceId),
        beforeMs: at - event.at,
      })),
      cut: read.length > changesShown,
    };
  });
}

/** What concerns all concerns each. */
function concerns(eventServiceId: string | null, serviceId: string): boolean {
  return eventServiceId === null || eventServiceId === serviceId;
}
