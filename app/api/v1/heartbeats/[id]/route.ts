import { recordHeartbeat } from "#lib/commands/record-heartbeat.ts";
import { answer, endpoints } from "../../_http/endpoint.ts";

/** What a job says of itself, for the service in the path. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/heartbeats/[id]", {
  POST: async ({ store, actor, params, body, now }) =>
    answer(await recordHeartbeat(store, actor, { ...body, serviceId: params.id }, now)),
});
