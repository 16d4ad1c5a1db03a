import { enablePerson } from "#lib/commands/tend-people.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";

/** Opens a closed account again. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/people/[id]/enable", {
  POST: async ({ store, actor, params, now }) => answer(await enablePerson(store, actor, { id: params.id }, now)),
});
