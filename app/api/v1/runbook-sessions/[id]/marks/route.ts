import { markRunbook } from "#lib/commands/mark-runbook.ts";
import { knowKind } from "#lib/integrations/known-kinds.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";

/** What somebody does at a step of a runbook. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/runbook-sessions/[id]/marks", {
  POST: async ({ store, actor, params, body, now }) => {
    return answer(await markRunbook(store, actor, { sessionId: params.id, mark: body }, now, knowKind), 201);
  },
});
