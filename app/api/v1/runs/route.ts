import { z } from "zod";
import { requestRun } from "#lib/commands/request-run.ts";
import { runsView, runView } from "#lib/views/run-view.ts";
import { answer, endpoints, json } from "../_http/endpoint.ts";
import { problemOf } from "../_http/problem.ts";

const defaultLimit = 100;
const mostRuns = 500;

/** Runs: the newest ones, and asking for a new one. The same `Idempotency-Key` twice is one run. */
export const { GET, POST, PUT, PATCH, DELETE } = endpoints({
  GET: async ({ store, url }) => {
    const limit = Number(url.searchParams.get("limit") ?? defaultLimit);
    if (!Number.isInteger(limit) || limit < 1 || limit > mostRuns) {
      return problemOf({ code: "invalid-request", detail: `limit must be a number from 1 to ${mostRuns}.` });
    }
    const serviceId = url.searchParams.get("service");
    return json({ runs: await runsView(store, { limit, ...(serviceId === null ? {} : { serviceId }) }) });
  },
  POST: async (call) => {
    const body = await call.body(z.unknown());
    if (!body.ok) return problemOf(body.error);
    const idempotencyKey = call.request.headers.get("idempotency-key");
    const requested = await requestRun(call.store, call.actor, { body: body.value, idempotencyKey }, call.now);
    if (!requested.ok) return problemOf(requested.error);
    const { id, repeated } = requested.value;
    return answer(await runView(call.store, id), repeated ? 200 : 202, { location: `/api/v1/runs/${id}` });
  },
});
