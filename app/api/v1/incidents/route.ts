import { incidentsView } from "#lib/views/incident-view.ts";
import { endpoints, json } from "../_http/endpoint.ts";

/** Incidents: open ones first, then the newest. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/incidents", {
  GET: async ({ store, sight }) => json({ incidents: await incidentsView(store, sight) }),
});
