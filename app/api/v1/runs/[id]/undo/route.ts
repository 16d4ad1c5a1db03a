import { undoRun } from "#lib/commands/undo-run.ts";
import { runView } from "#lib/views/run-view.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";
import { problemOf } from "../../../_http/problem.ts";

/** Puts back what the run did, as a run of its own; the answer is that one. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/runs/[id]/undo", {
  POST: async ({ store, actor, sight, params, now }) => {
    const undone = await undoRun(store, actor, { runId: params.id }, now);
    return undone.ok ? answer(await runView(store, sight, undone.value.id), 202) : problemOf(undone.error);
  },
});
