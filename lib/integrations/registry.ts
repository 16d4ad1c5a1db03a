import { manifest as haproxy } from "#lib/integrations/haproxy/manifest.ts";
import { manifest as heartbeat } from "#lib/integrations/heartbeat/manifest.ts";
import { manifest as http } from "#lib/integrations/http/manifest.ts";
import { type Integration, integration } from "#lib/integrations/integration.ts";
import { manifest as passenger } from "#lib/integrations/passenger/manifest.ts";
import { manifest as postgres } from "#lib/integrations/postgres/manifest.ts";

/** All kinds. A new one is its folder and one line here. */
export const registry: Readonly<Record<string, Integration>> = {
  haproxy: integration({
    manifest: haproxy,
    collector: async () => (await import("#lib/integrations/haproxy/collector.ts")).collect,
    actions: async () => (await import("#lib/integrations/haproxy/actions.ts")).actions,
    panel: () => import("#lib/integrations/haproxy/panel.tsx"),
  }),
  heartbeat: integration({
    manifest: heartbeat,
    collector: async () => (await import("#lib/integrations/heartbeat/collector.ts")).collect,
    actions: async () => (await import("#lib/integrations/heartbeat/actions.ts")).actions,
    panel: () => import("#lib/integrations/heartbeat/panel.tsx"),
  }),
  http: integration({
    manifest: http,
    collector: async () => (await import("#lib/integrations/http/collector.ts")).collect,
    actions: async () => (await import("#lib/integrations/http/actions.ts")).actions,
    panel: () => import("#lib/integrations/http/panel.tsx"),
  }),
  passenger: integration({
    manifest: passenger,
    collector: async () => (await import("#lib/integrations/passenger/collector.ts")).collect,
    actions: async () => (await import("#lib/integrations/passenger/actions.ts")).actions,
    panel: () => import("#lib/integrations/passenger/panel.tsx"),
  }),
  postgres: integration({
    manifest: postgres,
    collector: async () => (await import("#lib/integrations/postgres/collector.ts")).collect,
    actions: async () => (await import("#lib/integrations/postgres/actions.ts")).actions,
    guard: async () => (await import("#lib/integrations/postgres/remedies/fence.ts")).guard,
    panel: () => import("#lib/integrations/postgres/panel.tsx"),
  }),
};
