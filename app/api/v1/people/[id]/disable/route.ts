import { disablePerson } from "#lib/commands/tend-people.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";

/** Closes an account: its sessions end at once. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/people/[id]/disable", {
  POST: async ({ store, actor, params, now }) => answer(await disablePerson(store, actor, { id: params.id }, now)),
});
