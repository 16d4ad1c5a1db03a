import { revokeSnapshot } from "#lib/commands/revoke-snapshot.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";

/** Takes a shared snapshot back: its link stops working at once. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/snapshots/[id]/revoke", {
  POST: async ({ store, actor, params, now }) => {
    return answer(await revokeSnapshot(store, actor, { id: params.id }, now));
  },
});
