import { z } from "zod";
import { revokeSnapshot } from "#lib/commands/revoke-snapshot.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";
import { problemOf } from "../../../_http/problem.ts";

/** Takes a shared snapshot back: its link stops working at once. */
export const { GET, POST, PUT, PATCH, DELETE } = endpoints({
  POST: async ({ store, actor, params, body, now }) => {
    const empty = await body(z.strictObject({}));
    if (!empty.ok) return problemOf(empty.error);
    return answer(await revokeSnapshot(store, actor, { id: params.id ?? "" }, now));
  },
});
