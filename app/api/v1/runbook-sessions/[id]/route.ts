import { knowKind } from "#lib/integrations/known-kinds.ts";
import { runbookSessionView } from "#lib/views/runbook-view.ts";
import { answer, endpoints } from "../../_http/endpoint.ts";

/** A runbook that is or was followed. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/runbook-sessions/[id]", {
  GET: async ({ store, sight, params, now }) => {
    return answer(await runbookSessionView(store, sight, params.id, now, knowKind));
  },
});
