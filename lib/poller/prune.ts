import { deleteEvents } from "#lib/store/events.ts";
import { deletePolls, historyKeptMs, servicesWithHistory } from "#lib/store/history.ts";
import type { Store } from "#lib/store/open-store.ts";

/** Deletes what is older than its time, a little at each call, so that no poll ever waits for it. */
export interface Pruner {
  readonly step: (now: number) => Promise<void>;
}

const servicesPerStep = 10;
const rowsPerService = 500;
const eventsPerStep = 200;
const eventsKeptMs = 400 * 86_400_000;

export function createPruner(store: Store): Pruner {
  let at = 0;
  return {
    step: async (now) => {
      const ids = await store.read(servicesWithHistory);
      if (at >= ids.length) at = 0;
      const turn = ids.slice(at, at + servicesPerStep);
      at += servicesPerStep;
      await store.write(async (writing) => {
        for (const id of turn) await deletePolls(writing, id, now - historyKeptMs, rowsPerService);
        await deleteEvents(writing, now - eventsKeptMs, eventsPerStep);
      });
    },
  };
}
