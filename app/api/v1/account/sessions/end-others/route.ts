import { sessionTokenOf } from "#lib/access/identity/cookie.ts";
import { endOtherSessions } from "#lib/commands/own-sessions.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";

/** Signs out everywhere but here. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/account/sessions/end-others", {
  POST: async ({ request, store, actor, now }) =>
    answer(await endOtherSessions(store, actor, { token: sessionTokenOf(request.headers) ?? "" }, now)),
});
