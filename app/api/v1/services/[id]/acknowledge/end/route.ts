import { z } from "zod";
import { unmuteService } from "#lib/commands/mute-service.ts";
import { answer, endpoints } from "../../../../_http/endpoint.ts";
import { problemOf } from "../../../../_http/problem.ts";

/** Takes the acknowledgement back. */
export const { GET, POST, PUT, PATCH, DELETE } = endpoints({
  POST: async ({ store, actor, params, body, now }) => {
    const empty = await body(z.strictObject({}));
    if (!empty.ok) return problemOf(empty.error);
    return answer(await unmuteService(store, actor, { kind: "acknowledgement", serviceId: params.id ?? "" }, now));
  },
});
