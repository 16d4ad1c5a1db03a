import type { SuggestedAction } from "#lib/core/finding.ts";
import type { HaproxyServer } from "#lib/integrations/haproxy/detail.ts";

/** The action that brings this server back. */
export function ready(server: Pick<HaproxyServer, "backend" | "name">): SuggestedAction {
  return { id: "server-ready", params: { server: `${server.backend}/${server.name}` } };
}
