import { beginMaintenance } from "#lib/commands/begin-maintenance.ts";
import { maintenanceView } from "#lib/views/maintenance-view.ts";
import { answer, endpoints, json } from "../_http/endpoint.ts";

/** Planned work: the list, and beginning some now. What recurs stands in pitwall.yaml. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/maintenance", {
  GET: async ({ store, sight }) => json({ maintenance: await maintenanceView(store, sight) }),
  POST: async ({ store, actor, body, now }) => {
    return answer(await beginMaintenance(store, actor, body, now), 201);
  },
});
