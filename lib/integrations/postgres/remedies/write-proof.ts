import { ok, type Result } from "#lib/core/result.ts";
import type { PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { Asking, Context } from "#lib/integrations/postgres/remedies/ask.ts";
import { look } from "#lib/integrations/postgres/remedies/look.ts";
import type { Entrance } from "#lib/integrations/postgres/remedies/road.ts";
import { flag, number, type Row, text } from "#lib/integrations/postgres/row.ts";

/** Where a write ended that went the clients' way. */
export interface ProvenWrite {
  readonly lsn: string;
  readonly timeline: number;
  readonly inRecovery: boolean;
}

/**
 * Writes through the road as a client would, and tells where that landed. It needs no table: a message in the log is a
 * write like any other, waited for like any other (PostgreSQL 9.6 and newer).
 */
export async function writeThrough(context: Asking, entrance: Entrance): Promise<Result<ProvenWrite>> {
  const sql = `SELECT pg_logical_emit_message(true, 'pitwall', 'write proof')::text AS lsn, pg_is_in_recovery() AS in_recovery,
  ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int AS timeline`;
  const answer = await askThrough(context, entrance, sql, 2_000);
  if (!answer.ok) return answer;
  const [row] = answer.value;
  return ok({
    lsn: text(row?.lsn, 20) ?? "",
    timeline: number(row?.timeline) ?? 0,
    inRecovery: flag(row?.in_recovery) ?? true,
  });
}

/** Asks through the road, as the role that acts. Failures: secret-missing, and those of a statement. */
export async function askThrough(
  context: Asking,
  entrance: Entrance,
  sql: string,
  timeoutMs: number,
): Promise<Result<Row[]>> {
  const { config, secret, signal, transports } = context;
  const { user, password: reference } = config.act ?? config;
  const password = reference === undefined ? undefined : secret(reference);
  if (password !== undefined && !password.ok) return password;
  const { address, port, database, through } = entrance;
  const target = {
    host: address,
    port,
    database,
    user,
    tls: config.tls,
    access: "writable" as const,
    ...(through === undefined ? {} : { through }),
    ...(password === undefined ? {} : { password: password.value }),
  };
  return await transports.postgres.query(target, sql, [], { timeoutMs, signal, maxBytes: 10_000 });
}

/** Writes until one lands on the node itself. `ready` is asked before each, and may help. */
export async function untilWritten(
  context: Context,
  entrance: Entrance,
  node: PostgresNodeConfig,
  ready: () => Promise<Result<boolean>> = async () => ok(true),
): Promise<Result<string>> {
  for (let last = ""; ; ) {
    const may = await ready();
    if (!may.ok) return may;
    if (may.value) {
      const wrote = await writeThrough(context, entrance);
      const own = wrote.ok ? await look(context, node) : wrote;
      if (wrote.ok && own.ok && !wrote.value.inRecovery && wrote.value.timeline === own.value.timeline) {
        return ok(`a write through ${entrance.name} landed at ${wrote.value.lsn} on timeline ${wrote.value.timeline}`);
      }
      const words = wrote.ok ? `a write landed on timeline ${wrote.value.timeline}` : wrote.error.what;
      if (words !== last) context.output(`not yet: ${words}`, node.name);
      last = words;
    }
    await context.sleep(50);
  }
}
