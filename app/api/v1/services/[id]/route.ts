import { serviceView } from "#lib/views/service-view.ts";
import { answer, endpoints } from "../../_http/endpoint.ts";

/** One service with its findings, configuration and history. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/services/[id]", {
  GET: async ({ store, sight, params, now }) => answer(await serviceView(store, sight, params.id, now)),
});
