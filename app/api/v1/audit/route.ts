import { auditView } from "#lib/views/audit-view.ts";
import { answer, endpoints } from "../_http/endpoint.ts";

/** Who did what, newest first. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/audit", {
  GET: async ({ store, actor, query }) => answer(auditView(store, actor, query)),
});
