import { unmuteService } from "#lib/commands/mute-service.ts";
import { answer, endpoints } from "../../../../_http/endpoint.ts";

/** Takes the silence back. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/services/[id]/silence/end", {
  POST: async ({ store, actor, params, now }) => {
    return answer(await unmuteService(store, actor, { kind: "silence", serviceId: params.id }, now));
  },
});
