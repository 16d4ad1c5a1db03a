import { revokeSessions } from "#lib/commands/tend-people.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";

/** Ends all sessions of a person. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/people/[id]/sign-out", {
  POST: async ({ store, actor, params, now }) => answer(await revokeSessions(store, actor, { id: params.id }, now)),
});
