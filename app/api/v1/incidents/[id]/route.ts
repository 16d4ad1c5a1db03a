import { incidentView } from "#lib/views/incident-view.ts";
import { answer, endpoints } from "../../_http/endpoint.ts";

/** One incident: root, symptoms over time, and its timeline. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/incidents/[id]", {
  GET: async ({ store, sight, params, now }) => answer(await incidentView(store, sight, params.id, now)),
});
