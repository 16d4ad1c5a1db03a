import { beginMaintenance } from "#lib/commands/begin-maintenance.ts";
import { registry } from "#lib/integrations/registry.ts";
import { maintenanceView } from "#lib/views/maintenance-view.ts";
import { answer, endpoints, json } from "../_http/endpoint.ts";

/** Planned work: the list, and beginning some now. What recurs stands in pitwall.yaml. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/maintenance", {
  GET: async ({ store, sight }) => json({ maintenance: await maintenanceView(store, sight) }),
  POST: async ({ store, actor, body, now }) => {
    const nodesOf = ({ kind, config }: { readonly kind: string; readonly config: unknown }) =>
      registry[kind]?.manifest.nodes(config) ?? [];
    return answer(await beginMaintenance(store, actor, body, now, nodesOf), 201);
  },
});
