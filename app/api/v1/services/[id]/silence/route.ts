import { muteService } from "#lib/commands/mute-service.ts";
import { silenceRequest } from "#lib/wire/planned.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";
import { problemOf } from "../../../_http/problem.ts";

/** Nobody is told of this service's trouble for a time. */
export const { GET, POST, PUT, PATCH, DELETE } = endpoints({
  POST: async ({ store, actor, params, body, now }) => {
    const wanted = await body(silenceRequest);
    if (!wanted.ok) return problemOf(wanted.error);
    const { reason: words, forMs } = wanted.value;
    return answer(
      await muteService(store, actor, { kind: "silence", serviceId: params.id ?? "", words, forMs }, now),
      201,
    );
  },
});
