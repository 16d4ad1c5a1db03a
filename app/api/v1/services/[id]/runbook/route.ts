import { startRunbook } from "#lib/commands/start-runbook.ts";
import { knowKind } from "#lib/integrations/known-kinds.ts";
import { runbookView } from "#lib/views/runbook-view.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";

/** One runbook of a service by the state of the board, now or then; and beginning to follow it. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/services/[id]/runbook", {
  GET: async ({ store, sight, params, query, now }) => {
    const asked = { serviceId: params.id, runbookId: query.name, now, at: query.at };
    return answer(await runbookView(store, sight, asked, knowKind));
  },
  POST: async ({ store, actor, params, body, now }) => {
    return answer(
      await startRunbook(store, actor, { serviceId: params.id, runbookId: body.runbook }, now, knowKind),
      201,
    );
  },
});
