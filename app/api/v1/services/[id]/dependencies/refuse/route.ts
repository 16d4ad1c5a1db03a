import { refuseDependency } from "#lib/commands/refuse-dependency.ts";
import { answer, endpoints } from "../../../../_http/endpoint.ts";

/** Says that a dependency Pitwall found is none: nothing follows from it any more. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/services/[id]/dependencies/refuse", {
  POST: async ({ store, actor, params, body, now }) => {
    const input = { serviceId: params.id, dependsOn: body.dependsOn, refused: true };
    return answer(await refuseDependency(store, actor, input, now));
  },
});
