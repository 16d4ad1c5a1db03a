import { registry } from "#lib/integrations/registry.ts";
import { explainView } from "#lib/views/explain-view.ts";
import { answer, endpoints } from "../../../_http/endpoint.ts";

/** Why a service has its status: which sample, rule, limit, count and dependency led to it. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/services/[id]/explain", {
  GET: async ({ store, sight, params, query: { at }, now }) =>
    answer(await explainView(store, sight, params.id, { now, at }, (kind) => registry[kind]?.manifest.rules ?? [])),
});
