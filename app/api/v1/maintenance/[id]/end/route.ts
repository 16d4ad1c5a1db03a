import { z } from "zod";
import { endMaintenance } from "#lib/commands/end-maintenance.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";
import { problemOf } from "../../../_http/problem.ts";

/** Ends planned work early, or calls off what has not begun. */
export const { GET, POST, PUT, PATCH, DELETE } = endpoints({
  POST: async ({ store, actor, params, body, now }) => {
    const empty = await body(z.strictObject({}));
    if (!empty.ok) return problemOf(empty.error);
    return answer(await endMaintenance(store, actor, { id: params.id ?? "" }, now));
  },
});
