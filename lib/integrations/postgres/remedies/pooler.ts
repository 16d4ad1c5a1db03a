import { failure } from "#lib/core/failure.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { PoolerConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import { tellPooler } from "#lib/integrations/postgres/pooler-console.ts";
import type { Asking } from "#lib/integrations/postgres/remedies/ask.ts";
import { leadScript } from "#lib/integrations/postgres/remedies/scripts.ts";
import { number, text } from "#lib/integrations/postgres/row.ts";

/** A database of a PgBouncer, by its `SHOW DATABASES`. */
export interface PooledDatabase {
  readonly name: string;
  readonly host: string | null;
  readonly port: number | null;
  /** `session`, `transaction`, `statement`; `null` when its own default holds. */
  readonly mode: string | null;
  readonly paused: boolean;
  readonly disabled: boolean;
  /** Its connections to the server. */
  readonly connections: number;
}

/** What of its settings matters here. */
export interface PoolerSettings {
  readonly mode: string;
  readonly admins: readonly string[];
  /** How long a client waits for a server before it is cut; 0 means for ever. */
  readonly queryWaitS: number;
  /** How long it tries no server anew after a login failed. */
  readonly loginRetryS: number;
}

/** Its databases that lead to this cluster. Failure: no-such-object when one is not there. */
export async function readPooler(context: Asking, pooler: PoolerConfig): Promise<Result<PooledDatabase[]>> {
  const answer = await tellPooler(context, pooler, "SHOW", "DATABASES");
  if (!answer.ok) return answer;
  const all = answer.value.map((row) => ({
    name: text(row.name, 63) ?? "",
    host: text(row.host, 253) || null,
    port: number(row.port),
    mode: text(row.pool_mode, 20) || null,
    paused: number(row.paused) === 1,
    disabled: number(row.disabled) === 1,
    connections: number(row.current_connections) ?? 0,
  }));
  const found = pooler.databases.map((name) => all.find((each) => each.name === name));
  const missing = pooler.databases.filter((_, at) => found[at] === undefined);
  if (missing.length > 0) return err(failure("no-such-object", `${pooler.name} has no database ${missing.join(", ")}`));
  return ok(found.flatMap((each) => each ?? []));
}

/** Any user of the console may read them. */
export async function readPoolerSettings(context: Asking, pooler: PoolerConfig): Promise<Result<PoolerSettings>> {
  const answer = await tellPooler(context, pooler, "SHOW", "CONFIG");
  if (!answer.ok) return answer;
  const value = (key: string) => text(answer.value.find((row) => row.key === key)?.value, 2_000) ?? "";
  return ok({
    mode: value("pool_mode"),
    admins: value("admin_users")
      .split(",")
      .map((name) => name.trim()),
    queryWaitS: number(value("query_wait_timeout")) ?? 0,
    loginRetryS: number(value("server_login_retry")) ?? 15,
  });
}

/** Clients that have a server of this database right now. */
export async function countHolding(context: Asking, pooler: PoolerConfig, database: string): Promise<Result<number>> {
  const answer = await tellPooler(context, pooler, "SHOW", "SERVERS");
  if (!answer.ok) return answer;
  const linked = answer.value.filter((row) => row.database === database && text(row.link, 40));
  return ok(linked.length);
}

/**
 * Lets every client wait before its next server. Returns when all gave theirs back, and fails with `timeout` when they did
 * not: it stays paused then, whoever asked for it (seen on 1.18).
 */
export async function pausePool(
  context: Asking,
  pooler: PoolerConfig,
  database: string,
  timeoutMs: number,
): Promise<Result<null>> {
  const done = await tellPooler(context, pooler, "PAUSE", `"${database}"`, timeoutMs);
  return done.ok ? ok(null) : done;
}

/** Ends its clients' and servers' connections. It is paused then, so that new clients wait. */
export async function killPool(context: Asking, pooler: PoolerConfig, database: string): Promise<Result<null>> {
  const done = await tellPooler(context, pooler, "KILL", `"${database}"`);
  return done.ok ? ok(null) : done;
}

/** All at once, because clients wait meanwhile. The first failure, or `null`. */
async function tellOfEach(
  context: Asking,
  pooler: PoolerConfig,
  command: "RESUME" | "RECONNECT",
  databases: readonly string[],
): Promise<Result<never> | null> {
  const told = await Promise.all(databases.map((name) => tellPooler(context, pooler, command, `"${name}"`)));
  const failed = told.find((one) => !one.ok);
  return failed === undefined || failed.ok ? null : failed;
}

/** Those of its databases that are paused go on; returns which. */
export async function resumePools(context: Asking, pooler: PoolerConfig): Promise<Result<string[]>> {
  const now = await readPooler(context, pooler);
  if (!now.ok) return now;
  const paused = now.value.filter((each) => each.paused).map((each) => each.name);
  const refused = await tellOfEach(context, pooler, "RESUME", paused);
  if (refused !== null) return refused;
  const after = await readPooler(context, pooler);
  if (!after.ok) return err(failure("cannot-see", `${pooler.name} took the command and could not be read then`));
  const still = after.value.filter((each) => each.paused).map((each) => each.name);
  return still.length === 0
    ? ok(paused)
    : err(failure("command-failed", `${pooler.name} still holds the clients of ${still.join(", ")}`));
}

/**
 * A dead server had it wait before it tries again, and it does not forget that when it is led to another (seen on 1.18). Lasts
 * until its next reload at most. Failures: those of the console.
 */
export async function setLoginRetry(context: Asking, pooler: PoolerConfig, seconds: number): Promise<Result<null>> {
  const done = await tellPooler(context, pooler, "SET", `server_login_retry = '${seconds}'`);
  return done.ok ? ok(null) : done;
}

/** Writes the file on its machine, or only tries whether it could. Failures: no-such-object, those of ssh. */
export async function writeLead(
  context: Asking,
  pooler: PoolerConfig,
  node: PostgresNodeConfig,
  how: "try" | "write",
): Promise<Result<null>> {
  if (pooler.machine === undefined) return ok(null);
  const { host, file } = pooler.machine;
  const answer = await context.transports.ssh.run(host, {
    argv: ["sh", "-c", leadScript, "sh", how, file, node.address, String(node.port), ...pooler.databases],
    env: { LC_ALL: "C" },
    timeoutMs: 8_000,
    signal: context.signal,
    maxBytes: 10_000,
  });
  if (!answer.ok) return answer;
  if (answer.value.exitCode === 0) return ok(null);
  const said = foreignLine(answer.value.stderr.trim().slice(-300));
  return err(failure("command-failed", `${file} of ${pooler.name} could not be changed`, { said }));
}

/** Whether all of its databases lead to that node. */
export function leadsThere(databases: readonly PooledDatabase[], node: PostgresNodeConfig): boolean {
  return databases.every((each) => each.host === node.address && (each.port ?? 5432) === node.port);
}

/**
 * Leads its databases to the node: by its file, and `RELOAD`, which answers well even when a file cannot be read, so that only
 * what it says of itself then proves it; `RECONNECT` replaces the connections that are open.
 */
export async function leadTo(context: Asking, pooler: PoolerConfig, node: PostgresNodeConfig): Promise<Result<string>> {
  if (pooler.machine !== undefined) {
    const written = await writeLead(context, pooler, node, "write");
    if (!written.ok) return written;
    const loaded = await tellPooler(context, pooler, "RELOAD");
    if (!loaded.ok) return loaded;
    const now = await readPooler(context, pooler);
    if (!now.ok) return err(failure("cannot-see", `${pooler.name} took the command and could not be read then`));
    if (!leadsThere(now.value, node)) {
      const where = now.value.map((each) => `${each.name} leads to ${each.host ?? "a socket"}:${each.port}`).join(", ");
      return err(failure("command-failed", `${pooler.name} was reloaded, and ${where}: its log says why`));
    }
  }
  const refused = await tellOfEach(context, pooler, "RECONNECT", pooler.databases);
  if (refused !== null) return refused;
  return ok(
    pooler.machine === undefined
      ? `${pooler.name} connects anew`
      : `${pooler.name} leads ${pooler.databases.join(", ")} to ${node.name}`,
  );
}
