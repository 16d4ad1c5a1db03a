import { join } from "node:path";
import pg from "pg";
import { makeFolders, writeOwned } from "#e2e/lab/folder.ts";
import { type Lab, pgHosts, ports } from "#e2e/lab/layout.ts";
import { end, pidOf, readText, start } from "#e2e/lab/process.ts";
import { listens, until } from "#e2e/lab/until.ts";

export const poolerProcess = "pgbouncer";

/** Its two databases lead to the same one: `app` gives a server back after each transaction, `app_session` when its client leaves. */
export const pooledDatabases = ["app", "app_session"] as const;

/** File that lists its databases, which its own configuration takes in. */
export function pooledFile(lab: Pick<Lab, "folder">): string {
  return join(lab.folder, "pool", "databases.ini");
}

/** Starts PgBouncer before the primary of a fresh cluster, if it does not run. */
export async function startPgbouncer(lab: Lab): Promise<void> {
  const home = join(lab.folder, "pool");
  makeFolders(lab, home);
  const secret = (file: string) => readText(join(lab.paths.secrets, file)).trim();
  const users = { app: secret("pg-app-password"), operator: readText(lab.paths.operatorPassword).trim() };
  const lines = Object.entries(users).map(([name, password]) => `"${name}" "${password}"\n`);
  writeOwned(lab, join(home, "users.txt"), lines.join(""), 0o600);
  writeOwned(lab, pooledFile(lab), databasesConf(lab));
  writeOwned(lab, join(home, "pgbouncer.ini"), pgbouncerConf(lab, home));
  if (pidOf(lab, poolerProcess) === null) {
    start(lab, poolerProcess, ["/usr/sbin/pgbouncer", join(home, "pgbouncer.ini")]);
  }
  await until("PgBouncer listens", () => listens(lab.addresses.pool, ports.pooler));
}

export async function stopPgbouncer(lab: Lab): Promise<void> {
  await end(lab, poolerProcess);
}

/** A command of its console, as a person would give it with psql. */
export async function askPgbouncer(lab: Lab, command: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({
    host: lab.addresses.pool,
    port: ports.pooler,
    database: "pgbouncer",
    user: "operator",
    password: readText(lab.paths.operatorPassword).trim(),
    connectionTimeoutMillis: 3_000,
    query_timeout: 5_000,
  });
  client.on("error", () => {}); // a lost connection fails the query below
  try {
    await client.connect();
    return (await client.query(command)).rows ?? [];
  } finally {
    await client.end().catch(() => {});
  }
}

function databasesConf(lab: Lab): string {
  const to = `host=${lab.addresses[pgHosts[0]]} port=${ports.postgres} dbname=app`;
  return `app = ${to}\napp_session = ${to} pool_mode=session\n`;
}

/** The file is taken in where the section of databases is, so that only what may be changed by a move stands in it. */
function pgbouncerConf(lab: Lab, home: string): string {
  return `[databases]
%include ${pooledFile(lab)}

[pgbouncer]
listen_addr = ${lab.addresses.pool}
listen_port = ${ports.pooler}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(home, "users.txt")}
admin_users = operator
pool_mode = transaction
max_client_conn = 200
default_pool_size = 8
ignore_startup_parameters = extra_float_digits
`;
}
