import { settleRun } from "#lib/commands/settle-run.ts";
import { runView } from "#lib/views/run-view.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";
import { problemOf } from "../../../_http/problem.ts";

/** Somebody looked at what the run left: ends its alarm. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/runs/[id]/settle", {
  POST: async ({ store, actor, sight, params, body, now }) => {
    const settled = await settleRun(store, actor, { runId: params.id, ...body }, now);
    return settled.ok ? answer(await runView(store, sight, settled.value.id)) : problemOf(settled.error);
  },
});
