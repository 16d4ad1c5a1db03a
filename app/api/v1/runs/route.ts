import { requestRun } from "#lib/commands/request-run.ts";
import { runsView } from "#lib/views/run-view.ts";
import { runRequest } from "#lib/wire/run.ts";
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
    const idempotencyKey = call.request.headers.get("idempotency-key")?.trim() ?? "";
    if (!/^[\x21-\x7e]{1,200}$/.test(idempotencyKey)) {
      return problemOf({
        code: "idempotency-key-missing",
        detail:
          "Send an Idempotency-Key header of 1 to 200 visible characters, new for each run: a repeated request then starts nothing twice.",
      });
    }
    const body = await call.body(runRequest);
    if (!body.ok) return problemOf(body.error);
    const requested = await requestRun(call.store, call.actor, { ...body.value, idempotencyKey }, call.now);
    return answer(requested, 202, requested.ok ? { location: `/api/v1/runs/${requested.value.id}` } : {});
  },
});
