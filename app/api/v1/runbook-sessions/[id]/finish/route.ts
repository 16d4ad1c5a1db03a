import { finishRunbook } from "#lib/commands/finish-runbook.ts";
import { knowKind } from "#lib/integrations/known-kinds.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";

/** Ends a runbook, with what is written into the incident. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/runbook-sessions/[id]/finish", {
  POST: async ({ store, actor, params, body, now }) => {
    const input = { sessionId: params.id, summary: body.summary ?? "" };
    return answer(await finishRunbook(store, actor, input, now, knowKind));
  },
});
