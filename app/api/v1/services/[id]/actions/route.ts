import { actionsView } from "#lib/views/service-view.ts";
import { endpoints, json } from "../../../_http/endpoint.ts";
import { problemOf } from "../../../_http/problem.ts";

/** What can be done about this service right now, with the values that are possible and why something is blocked. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/services/[id]/actions", {
  GET: async ({ store, sight, params }) => {
    const actions = await actionsView(store, sight, params.id);
    return actions.ok ? json({ actions: actions.value }) : problemOf(actions.error);
  },
});
