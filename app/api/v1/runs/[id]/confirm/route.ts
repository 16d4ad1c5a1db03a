import { confirmRun } from "#lib/commands/confirm-run.ts";
import { runView } from "#lib/views/run-view.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";
import { problemOf } from "../../../_http/problem.ts";

/** Confirms the very plan that was shown; it is refused when the plan has changed or is too old. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/runs/[id]/confirm", {
  POST: async ({ store, sight, actor, params, body, now }) => {
    const accepted = await confirmRun(store, actor, { runId: params.id, ...body }, now);
    return accepted.ok ? answer(await runView(store, sight, accepted.value.id), 202) : problemOf(accepted.error);
  },
});
