import { z } from "zod";
import { shareSnapshot } from "#lib/commands/share-snapshot.ts";
import { snapshotsView } from "#lib/views/snapshots-view.ts";
import { answer, endpoints, json } from "../_http/endpoint.ts";
import { problemOf } from "../_http/problem.ts";

/** Shared snapshots: the list, and freezing the board as it is now. The link is told once, in the answer. */
export const { GET, POST, PUT, PATCH, DELETE } = endpoints({
  GET: async ({ store }) => json({ snapshots: await snapshotsView(store) }),
  POST: async ({ store, actor, body, now }) => {
    const wanted = await body(z.unknown());
    if (!wanted.ok) return problemOf(wanted.error);
    return answer(await shareSnapshot(store, actor, { body: wanted.value }, now), 201);
  },
});
