import { chooseConfirmation } from "#lib/commands/choose-confirmation.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";

/** How its trouble is confirmed: so many polls in a row, or so many of the last few. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/services/[id]/confirmation", {
  POST: async ({ store, actor, params, body, now }) =>
    answer(await chooseConfirmation(store, actor, { serviceId: params.id, confirm: body.confirm }, now)),
});
