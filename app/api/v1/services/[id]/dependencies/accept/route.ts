import { refuseDependency } from "#lib/commands/refuse-dependency.ts";
import { answer, endpoints } from "../../../../_http/endpoint.ts";

/** Takes the refusal of a found dependency back. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/services/[id]/dependencies/accept", {
  POST: async ({ store, actor, params, body, now }) => {
    const input = { serviceId: params.id, dependsOn: body.dependsOn, refused: false };
    return answer(await refuseDependency(store, actor, input, now));
  },
});
