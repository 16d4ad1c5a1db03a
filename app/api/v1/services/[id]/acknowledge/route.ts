import { muteService } from "#lib/commands/mute-service.ts";
import { acknowledgeRequest } from "#lib/wire/planned.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";
import { problemOf } from "../../../_http/problem.ts";

/** Someone takes the trouble of this service, until it is well or the time is over. */
export const { GET, POST, PUT, PATCH, DELETE } = endpoints({
  POST: async ({ store, actor, params, body, now }) => {
    const wanted = await body(acknowledgeRequest);
    if (!wanted.ok) return problemOf(wanted.error);
    const { comment: words, forMs } = wanted.value;
    return answer(
      await muteService(store, actor, { kind: "acknowledgement", serviceId: params.id ?? "", words, forMs }, now),
      201,
    );
  },
});
