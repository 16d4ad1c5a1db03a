import type { Endpoints } from "#lib/core/dependencies.ts";
import type { PostgresConfig } from "#lib/integrations/postgres/config.ts";

/** Each node answers at its address, as seen from the poller or from the host it is reached through. */
export function endpoints({ nodes }: PostgresConfig): Endpoints {
  return {
    provides: nodes.map(({ name: node, address, port, via }) => {
      return { address: `${address}:${port}`, node, from: via ?? "local", speaks: "postgres", words: `runs ${node}` };
    }),
    uses: [],
  };
}
