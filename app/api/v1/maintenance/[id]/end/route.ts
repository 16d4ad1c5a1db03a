import { endMaintenance } from "#lib/commands/end-maintenance.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";

/** Ends planned work early, or calls off what has not begun. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/maintenance/[id]/end", {
  POST: async ({ store, actor, params, now }) => {
    return answer(await endMaintenance(store, actor, { id: params.id }, now));
  },
});
