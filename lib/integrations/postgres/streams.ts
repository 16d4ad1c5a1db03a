import type { StreamGrant } from "#lib/core/grant.ts";
import type { PostgresConfig } from "#lib/integrations/postgres/config.ts";

/** The addresses that are reached through hosts. */
export function postgresStreams({ nodes, poolers, roads }: PostgresConfig): StreamGrant[] {
  const servers = [...nodes, ...poolers].flatMap(({ via, address, port }) =>
    via === undefined || via === "local" ? [] : [{ host: via, to: `${address}:${port}` }],
  );
  const sockets = roads.flatMap(({ from, socket }) => (from === "local" ? [] : [{ host: from, to: socket }]));
  return [...servers, ...sockets];
}
