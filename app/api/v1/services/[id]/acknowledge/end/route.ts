import { unmuteService } from "#lib/commands/mute-service.ts";
import { answer, endpoints } from "../../../../_http/endpoint.ts";

/** Takes the acknowledgement back. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/services/[id]/acknowledge/end", {
  POST: async ({ store, actor, params, now }) => {
    return answer(await unmuteService(store, actor, { kind: "acknowledgement", serviceId: params.id }, now));
  },
});
