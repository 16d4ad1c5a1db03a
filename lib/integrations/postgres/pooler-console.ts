import type { Result } from "#lib/core/result.ts";
import type { CollectContext } from "#lib/integrations/integration.ts";
import type { PoolerConfig, PostgresConfig } from "#lib/integrations/postgres/config.ts";
import type { Row } from "#lib/integrations/postgres/row.ts";

/** What is needed to ask a PgBouncer something: a poll's context, an action's, or a guard's. */
export type AskingPooler = Pick<CollectContext<PostgresConfig, unknown>, "config" | "transports" | "secret" | "signal">;

type ConsoleCommand = "SHOW" | "SET" | "PAUSE" | "RESUME" | "KILL" | "RECONNECT" | "RELOAD";

/** Time for what the console answers at once. */
const promptMs = 3_000;

/** `look`: a poll. It has a connection of its own, so that neither a remedy nor a poll waits behind the other. */
type Purpose = "look" | "act";

/** One command of PgBouncer's console. The name was checked when the configuration was read: there is no quote in it. */
export async function tellPooler(
  context: AskingPooler,
  pooler: PoolerConfig,
  command: ConsoleCommand,
  what = "",
  timeoutMs = promptMs,
  purpose: Purpose = "act",
): Promise<Result<Row[]>> {
  const { address, port, via, admin } = pooler;
  const { config, secret, signal, transports } = context;
  const password = admin.password === undefined ? undefined : secret(admin.password);
  if (password !== undefined && !password.ok) return password;
  const target = {
    host: address,
    port,
    database: "pgbouncer",
    user: admin.user,
    tls: config.tls,
    through: "console" as const,
    access: purpose === "look" ? ("read-only" as const) : ("writable" as const),
    ...(via === undefined ? {} : { via }),
    ...(password === undefined ? {} : { password: password.value }),
  };
  return await transports.postgres.query(target, `${command} ${what}`.trim(), [], {
    timeoutMs,
    signal,
    maxBytes: 2_000_000,
  });
}
