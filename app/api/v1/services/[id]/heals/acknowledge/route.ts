import { acknowledgeHeal } from "#lib/commands/acknowledge-heal.ts";
import { answer, endpoints } from "../../../../_http/endpoint.ts";

/** Somebody looked at why a heal rule stopped itself: it may go on. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/services/[id]/heals/acknowledge", {
  POST: async ({ store, actor, params, body: { rule, comment: words }, now }) =>
    answer(await acknowledgeHeal(store, actor, { serviceId: params.id, rule, words }, now)),
});
