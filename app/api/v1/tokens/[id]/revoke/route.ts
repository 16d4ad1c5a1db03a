import { revokeToken } from "#lib/commands/revoke-token.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";

/** Takes a token back. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/tokens/[id]/revoke", {
  POST: async ({ store, actor, params, now }) => answer(await revokeToken(store, actor, { id: params.id }, now)),
});
