import { setGrants } from "#lib/commands/tend-people.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";

/** Replaces the roles that were given by hand. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/people/[id]/grants", {
  POST: async ({ store, actor, params, body, now }) =>
    answer(await setGrants(store, actor, { id: params.id, grants: body.grants }, now)),
});
