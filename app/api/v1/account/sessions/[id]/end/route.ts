import { endOwnSession } from "#lib/commands/own-sessions.ts";
import { answer, endpoints } from "../../../../_http/endpoint.ts";

/** Ends one of one's own sessions. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/account/sessions/[id]/end", {
  POST: async ({ store, actor, params, now }) => answer(await endOwnSession(store, actor, { id: params.id }, now)),
});
