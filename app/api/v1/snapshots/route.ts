import { shareSnapshot } from "#lib/commands/share-snapshot.ts";
import { snapshotsView } from "#lib/views/snapshots-view.ts";
import { answerOnce, endpoints, json } from "../_http/endpoint.ts";

/** Shared snapshots: the list, and freezing the board as it is now. The link is told once, in the answer. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/snapshots", {
  GET: async ({ store, actor }) => json({ snapshots: await snapshotsView(store, actor) }),
  POST: async ({ store, actor, body, now }) => {
    return answerOnce(await shareSnapshot(store, actor, { body }, now));
  },
});
