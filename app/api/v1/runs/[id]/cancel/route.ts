import { cancelRun } from "#lib/commands/cancel-run.ts";
import { runView } from "#lib/views/run-view.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";
import { problemOf } from "../../../_http/problem.ts";

/** Asks a run to stop; what it has done by then is in its journal. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/runs/[id]/cancel", {
  POST: async ({ store, sight, actor, params, now }) => {
    const accepted = await cancelRun(store, actor, { runId: params.id }, now);
    return accepted.ok ? answer(await runView(store, sight, accepted.value.id), 202) : problemOf(accepted.error);
  },
});
