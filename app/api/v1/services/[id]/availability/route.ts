import { availabilityView } from "#lib/views/availability-view.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";

/** How much of the last 24 hours, 7, 30 and 90 days it worked, without planned time and without what nobody saw. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/services/[id]/availability", {
  GET: async ({ store, sight, params, now }) => answer(await availabilityView(store, sight, params.id, now)),
});
