import { ok, type Result } from "#lib/core/result.ts";
import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresTarget } from "#lib/transports/types.ts";

/** Where and as whom to ask one node. Failure: secret-missing. */
export function targetOf(
  config: PostgresConfig,
  node: PostgresNodeConfig,
  secret: (reference: string) => Result<string>,
): Result<PostgresTarget> {
  const password = config.password === undefined ? undefined : secret(config.password);
  if (password !== undefined && !password.ok) return password;
  return ok({
    host: node.address,
    port: node.port,
    database: config.database,
    user: config.user,
    tls: config.tls,
    ...(password === undefined ? {} : { password: password.value }),
    ...(node.via === undefined ? {} : { via: node.via }),
  });
}
