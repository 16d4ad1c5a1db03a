import { healsView } from "#lib/views/heals-view.ts";
import { endpoints, json } from "../_http/endpoint.ts";

const usualHeals = 100;

/** Heal rules and the ledger of what they did by themselves, or did not. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/heals", {
  GET: async ({ store, sight, query: { limit = usualHeals, service, outcome }, now }) => {
    const of = service === undefined ? {} : { serviceId: service };
    const only = outcome === undefined ? {} : { outcomes: [outcome] };
    return json(await healsView(store, sight, { limit, ...of, ...only }, now));
  },
});
