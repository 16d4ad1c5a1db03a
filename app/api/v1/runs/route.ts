import { requestRun } from "#lib/commands/request-run.ts";
import { knowKind } from "#lib/integrations/known-kinds.ts";
import { runsView, runView } from "#lib/views/run-view.ts";
import { answer, endpoints, json } from "../_http/endpoint.ts";
import { problemOf } from "../_http/problem.ts";

const usualRuns = 100;

/** Runs: the newest ones, and asking for a new one. The same `Idempotency-Key` twice is one run. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/runs", {
  GET: async ({ store, sight, query: { limit = usualRuns, service } }) =>
    json({ runs: await runsView(store, sight, { limit, ...(service === undefined ? {} : { serviceId: service }) }) }),
  POST: async ({ request, store, sight, actor, body, now }) => {
    const idempotencyKey = request.headers.get("idempotency-key");
    const requested = await requestRun(store, actor, { body, idempotencyKey, know: knowKind }, now);
    if (!requested.ok) return problemOf(requested.error);
    const { id, repeated } = requested.value;
    return answer(await runView(store, sight, id), repeated ? 200 : 202, { location: `/api/v1/runs/${id}` });
  },
});
