import { muteService } from "#lib/commands/mute-service.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";

/** Nobody is told of this service's trouble for a time. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/services/[id]/silence", {
  POST: async ({ store, actor, params, body, now }) => {
    const { reason: words, forMs } = body;
    return answer(await muteService(store, actor, { kind: "silence", serviceId: params.id, words, forMs }, now), 201);
  },
});
