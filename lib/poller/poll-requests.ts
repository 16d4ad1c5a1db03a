import type { Loop } from "#lib/poller/loop.ts";
import type { Store } from "#lib/store/open-store.ts";
import {
  claimPollRequests,
  finishPollRequest,
  openPollRequests,
  type PollRequestRow,
} from "#lib/store/poll-requests.ts";

/** Takes up polls that people or schedulers asked for. They go on by themselves; a request ends when its polls are stored. */
export interface PollRequests {
  readonly step: () => Promise<void>;
  readonly settled: () => Promise<void>;
}

export function createPollRequests(
  store: Store,
  loop: Loop,
  writeAll: () => Promise<void>,
  now: () => number,
  failed: (error: unknown) => void,
): PollRequests {
  const open = new Set<Promise<void>>();

  async function answer(request: PollRequestRow): Promise<void> {
    const ids = request.serviceId === null ? [...loop.watched().keys()] : [request.serviceId];
    const outcomes = await Promise.all(ids.map((id) => loop.pollNow(id)));
    await writeAll();
    const polled = outcomes.filter((outcome) => outcome !== null).length;
    await store.write((writing) => finishPollRequest(writing, request.id, polled, now()));
  }

  return {
    step: async () => {
      const requests = await store.read(openPollRequests);
      if (requests.length === 0) return;
      const ids = requests.map((request) => request.id);
      await store.write((writing) => claimPollRequests(writing, ids, now()));
      for (const request of requests) {
        const mine = answer(request)
          .catch(failed)
          .finally(() => open.delete(mine));
        open.add(mine);
      }
    },
    settled: async () => {
      await Promise.all(open);
    },
  };
}
