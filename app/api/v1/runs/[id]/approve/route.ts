import { approveRun } from "#lib/commands/approve-run.ts";
import { runView } from "#lib/views/run-view.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";
import { problemOf } from "../../../_http/problem.ts";

/** A second person's word on the very plan that was shown: who asked for it cannot give it, and it counts once. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/runs/[id]/approve", {
  POST: async ({ store, actor, sight, params, body, now }) => {
    const taken = await approveRun(store, actor, { runId: params.id, ...body }, now);
    return taken.ok ? answer(await runView(store, sight, taken.value.id), 202) : problemOf(taken.error);
  },
});
