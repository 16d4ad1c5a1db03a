import { muteService } from "#lib/commands/mute-service.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";

/** Someone takes the trouble of this service, until it is well or the time is over. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/services/[id]/acknowledge", {
  POST: async ({ store, actor, params, body, now }) => {
    const { comment: words, forMs } = body;
    return answer(
      await muteService(store, actor, { kind: "acknowledgement", serviceId: params.id, words, forMs }, now),
      201,
    );
  },
});
