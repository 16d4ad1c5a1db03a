import { knowKind } from "#lib/integrations/known-kinds.ts";
import { runbooksView } from "#lib/views/runbook-view.ts";
import { endpoints, json } from "../_http/endpoint.ts";

/** Which runbooks there are for the services one may see. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/runbooks", {
  GET: async ({ store, sight }) => json({ runbooks: await runbooksView(store, sight, knowKind) }),
});
