import { confirmRun } from "#lib/commands/confirm-run.ts";
import { runView } from "#lib/views/run-view.ts";
import { runConfirmation } from "#lib/wire/run.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";
import { problemOf } from "../../../_http/problem.ts";

/** Confirms the very plan that was shown; it is refused when the plan has changed or is too old. */
export const { GET, POST, PUT, PATCH, DELETE } = endpoints({
  POST: async ({ store, actor, params, body, now }) => {
    const confirmation = await body(runConfirmation);
    if (!confirmation.ok) return problemOf(confirmation.error);
    const accepted = await confirmRun(store, actor, { runId: params.id ?? "", ...confirmation.value }, now);
    return accepted.ok ? answer(await runView(store, accepted.value.id), 202) : problemOf(accepted.error);
  },
});
