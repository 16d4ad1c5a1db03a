import { ok, type Result } from "#lib/core/result.ts";
import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresTarget } from "#lib/transports/types.ts";

/** The same as the role that acts, in a session that may write. Failure: secret-missing. */
export function actingTarget(
  config: PostgresConfig,
  node: PostgresNodeConfig,
  secret: (reference: string) => Result<string>,
): Result<PostgresTarget> {
  const { user, password } = config.act ?? config;
  const { password: _looking, ...rest } = config;
  const target = targetOf({ ...rest, user, ...(password === undefined ? {} : { password }) }, node, secret);
  return target.ok ? ok({ ...target.value, access: "writable" }) : target;
}

/** Name of the role that acts. */
export function actingUser(config: PostgresConfig): string {
  return config.act?.user ?? config.user;
}

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
