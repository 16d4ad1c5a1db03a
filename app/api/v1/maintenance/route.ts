import { beginMaintenance } from "#lib/commands/begin-maintenance.ts";
import { maintenanceView } from "#lib/views/maintenance-view.ts";
import { maintenanceRequest } from "#lib/wire/planned.ts";
import { answer, endpoints, json } from "../_http/endpoint.ts";
import { problemOf } from "../_http/problem.ts";

/** Planned work: the list, and beginning some now. What recurs stands in pitwall.yaml. */
export const { GET, POST, PUT, PATCH, DELETE } = endpoints({
  GET: async ({ store }) => json({ maintenance: await maintenanceView(store) }),
  POST: async ({ store, actor, body, now }) => {
    const wanted = await body(maintenanceRequest);
    if (!wanted.ok) return problemOf(wanted.error);
    return answer(await beginMaintenance(store, actor, wanted.value, now), 201);
  },
});
