import type { Endpoints } from "#lib/core/dependencies.ts";
import type { PassengerConfig } from "#lib/integrations/passenger/config.ts";

/** It is the web server of its hosts. Its port is Apache's or nginx's affair, so it is known by the machine. */
export function endpoints({ nodes }: PassengerConfig): Endpoints {
  return {
    provides: nodes.map(({ name: node, host }) => {
      return {
        machine: host,
        node,
        speaks: "http",
        words: node === host ? `runs on ${node}` : `runs ${node} on ${host}`,
      };
    }),
    uses: [],
  };
}
