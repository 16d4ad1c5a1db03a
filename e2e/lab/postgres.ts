import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { makeFolders, secretIn, writeOwned } from "#e2e/lab/folder.ts";
import { LabError } from "#e2e/lab/lab-error.ts";
import { type Lab, type PgHost, pgHosts, ports } from "#e2e/lab/layout.ts";
import { end, livingPid, pidOf, run, startProgram } from "#e2e/lab/process.ts";
import { until } from "#e2e/lab/until.ts";

const primary = pgHosts[0];
const replicas = pgHosts.slice(1);
const agent = "pg-role-agent";

export interface PgPaths {
  readonly data: string;
  readonly socketFolder: string;
  readonly log: string;
}

export function pgPaths(folder: string, host: PgHost): PgPaths {
  return {
    data: join(folder, host, "data"),
    socketFolder: join(folder, host, "run"),
    log: join(folder, "log", `${host}.log`),
  };
}

/** The newest PostgreSQL that Debian's packages have installed: the folder of its programs. */
export function findPgBin(): string | undefined {
  const root = "/usr/lib/postgresql";
  if (!existsSync(root)) return undefined;
  const versions = readdirSync(root).filter((version) => existsSync(join(root, version, "bin", "initdb")));
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : join(root, newest, "bin");
}

/** Primary and two streaming replicas with slots: makes them if they do not exist, starts what does not run. */
export async function startPostgres(lab: Lab): Promise<void> {
  for (const host of pgHosts) makeFolders(lab, join(lab.folder, host), pgPaths(lab.folder, host).socketFolder);
  makeFolders(lab, join(lab.folder, "pg-archive"));
  if (!rolesAreAsMade(lab)) await makePrimary(lab);
  await startNode(lab, primary);
  await makeRoles(lab);
  await Promise.all(replicas.map((host) => startReplica(lab, host)));
  if (pidOf(lab, agent) === null) {
    const nodes = pgHosts.map((host) => `${lab.addresses[host]}=${pgPaths(lab.folder, host).socketFolder}`);
    startProgram(lab, agent, "pg-role-agent.ts", [String(ports.roleAgent), String(ports.postgres), ...nodes]);
  }
}

export async function stopPostgres(lab: Lab): Promise<void> {
  await end(lab, agent);
  await Promise.all(pgHosts.map((host) => stopNode(lab, host, "fast")));
}

/** Starts one node as it was: a primary comes back as a primary, a replica as a replica. */
export async function startNode(lab: Lab, host: PgHost): Promise<void> {
  if (postgresPid(lab.folder, host) !== null) return;
  writeOwned(lab, join(pgPaths(lab.folder, host).data, "lab.conf"), nodeConf(lab, host));
  writeOwned(lab, join(pgPaths(lab.folder, host).data, "pg_hba.conf"), hbaConf, 0o600);
  const { data, log } = pgPaths(lab.folder, host);
  // What a killed postmaster left: a zombie, or another program with its pid, would keep PostgreSQL from starting.
  rmSync(join(data, "postmaster.pid"), { force: true });
  await run(lab, [join(lab.pgBin, "pg_ctl"), "-D", data, "-l", log, "-w", "-t", "90", "-s", "start"], {
    timeoutMs: 95_000,
  });
}

export async function stopNode(lab: Lab, host: PgHost, mode: "fast" | "immediate"): Promise<boolean> {
  if (postgresPid(lab.folder, host) === null) return false;
  const { data } = pgPaths(lab.folder, host);
  await run(lab, [join(lab.pgBin, "pg_ctl"), "-D", data, "-m", mode, "-w", "-t", "10", "-s", "stop"], {
    mayFail: true,
  });
  return true;
}

export function postgresPid(folder: string, host: PgHost): number | null {
  return livingPid(folder, join(pgPaths(folder, host).data, "postmaster.pid"));
}

/** One statement as superuser through the node's own socket, as its administrator would with psql. */
export async function sql(lab: Pick<Lab, "folder">, host: PgHost, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({
    host: pgPaths(lab.folder, host).socketFolder,
    port: ports.postgres,
    user: "postgres",
    database: "postgres",
    connectionTimeoutMillis: 15_000,
    query_timeout: 60_000,
  });
  client.on("error", () => {}); // a lost connection fails the query below
  try {
    await client.connect();
    return (await client.query(text)).rows ?? [];
  } finally {
    await client.end().catch(() => {});
  }
}

/** True while a node runs and takes writes. */
export async function isWritable(lab: Lab, host: PgHost): Promise<boolean> {
  if (postgresPid(lab.folder, host) === null) return false;
  const [row] = await sql(lab, host, "select pg_is_in_recovery() as recovering");
  return row?.recovering === false;
}

/** The node that takes writes now, whatever it was made as; `null`: none, or more than one. */
export async function primaryOf(lab: Lab): Promise<PgHost | null> {
  const writable = await Promise.all(pgHosts.map((host) => isWritable(lab, host).catch(() => false)));
  const found = pgHosts.filter((_, at) => writable[at]);
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** After a promotion the folders no longer say what the lab promises: then it is made anew. */
function rolesAreAsMade(lab: Lab): boolean {
  const signal = (host: PgHost) => existsSync(join(pgPaths(lab.folder, host).data, "standby.signal"));
  if (!existsSync(join(pgPaths(lab.folder, primary).data, "PG_VERSION")) || signal(primary)) return false;
  return replicas.every((host) => signal(host) || !existsSync(join(pgPaths(lab.folder, host).data, "PG_VERSION")));
}

async function makePrimary(lab: Lab): Promise<void> {
  for (const host of pgHosts) {
    await stopNode(lab, host, "immediate");
    rmSync(pgPaths(lab.folder, host).data, { recursive: true, force: true });
  }
  const { data } = pgPaths(lab.folder, primary);
  const initdb = join(lab.pgBin, "initdb");
  await run(lab, [initdb, "-D", data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8"]);
  const conf = join(data, "postgresql.conf");
  await run(lab, ["/bin/sh", "-c", `echo "include_if_exists = 'lab.conf'" >> "$0"`, conf]);
}

/** Roles with the least they need; the passwords are made up per lab and set at each start. Function grants are per database. */
async function makeRoles(lab: Lab): Promise<void> {
  const secret = (file: string) => secretIn(lab, join(lab.paths.secrets, file));
  const replication = secret("pg-repl-password");
  writeOwned(lab, join(lab.paths.secrets, "pgpass"), `*:*:*:repl:${replication}\n`, 0o600);
  const passwords = {
    repl: replication,
    pitwall: secretIn(lab, lab.paths.pgPassword),
    operator: secretIn(lab, lab.paths.operatorPassword),
    app: secret("pg-app-password"),
  };
  const known = new Set((await sql(lab, primary, "select rolname from pg_roles")).map((row) => row.rolname));
  const roles = [...Object.keys(passwords), "haproxy"].filter((role) => !known.has(role));
  const statements = [
    ...roles.map((role) => `create role ${role} login`),
    ...Object.entries(passwords).map(([role, password]) => `alter role ${role} password '${password}'`),
    "alter role repl replication",
    "alter role operator replication",
    "grant pg_monitor to pitwall, operator",
    "grant pg_signal_backend to operator",
    "do $$ begin if exists (select from pg_roles where rolname = 'pg_checkpoint') then grant pg_checkpoint to operator; end if; end $$",
    "grant execute on function pg_promote, pg_wal_replay_pause, pg_wal_replay_resume to operator",
    `grant execute on function ${rewindFunctions.join(", ")} to repl`,
  ];
  await sql(lab, primary, `set client_min_messages = error; ${statements.join("; ")}`);
  const [app] = await sql(lab, primary, "select 1 from pg_database where datname = 'app'");
  if (!app) await sql(lab, primary, "create database app owner app");
}

/** What pg_rewind reads a source with, as its documentation lists it. */
const rewindFunctions = [
  "pg_ls_dir(text, boolean, boolean)",
  "pg_stat_file(text, boolean)",
  "pg_read_binary_file(text)",
  "pg_read_binary_file(text, bigint, bigint, boolean)",
];

/** Starts a replica and waits until it streams; copies it anew when it cannot. Needs the primary. */
export async function startReplica(lab: Lab, host: PgHost): Promise<void> {
  const made = existsSync(join(pgPaths(lab.folder, host).data, "PG_VERSION"));
  if (!made) await makeReplica(lab, host);
  await startNode(lab, host);
  try {
    await until(`${host} streams from ${primary}`, () => isStreaming(lab, host), { timeoutMs: made ? 30_000 : 90_000 });
  } catch (error) {
    if (!made) throw error;
    // Its slot was lost, or the folder is of another cluster: a fresh copy takes less time than to find out which.
    await stopNode(lab, host, "immediate");
    rmSync(pgPaths(lab.folder, host).data, { recursive: true, force: true });
    await startReplica(lab, host);
  }
}

/** Whether the primary lists the node as streaming. */
export async function isStreaming(lab: Lab, host: PgHost): Promise<boolean> {
  const text = `select 1 from pg_stat_replication where application_name = '${host}' and state = 'streaming'`;
  return (await sql(lab, primary, text)).length === 1;
}

async function makeReplica(lab: Lab, host: PgHost): Promise<void> {
  const slot = host.replace("-", "_");
  const drop = "select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active and slot_name =";
  await sql(lab, primary, `${drop} '${slot}'`);
  const source = `host=${lab.addresses[primary]} port=${ports.postgres} user=repl application_name=${host}`;
  const { data } = pgPaths(lab.folder, host);
  const copy = [
    join(lab.pgBin, "pg_basebackup"),
    "-D",
    data,
    "-R",
    "-C",
    "-S",
    slot,
    "-X",
    "stream",
    "-c",
    "fast",
    "-N",
    "-d",
    source,
  ] as const;
  const passwords = join(lab.paths.secrets, "pgpass");
  const ran = await run(lab, copy, { env: { PGPASSFILE: passwords } });
  if (!existsSync(join(data, "standby.signal")))
    throw new LabError(`${host} was not copied as a replica: ${ran.stderr}`);
}

/** `fsync` off: the lab's data is worth nothing and start must be quick. Archived WAL is kept for the last 8 segments only. */
function nodeConf(lab: Lab, host: PgHost): string {
  const archive = join(lab.folder, "pg-archive");
  return `listen_addresses = '${lab.addresses[host]}'
port = ${ports.postgres}
unix_socket_directories = '${pgPaths(lab.folder, host).socketFolder}'
unix_socket_permissions = 0700
cluster_name = '${host}'
wal_level = replica
wal_log_hints = on
max_wal_senders = 10
max_replication_slots = 10
max_slot_wal_keep_size = 512MB
wal_keep_size = 32MB
hot_standby = on
archive_mode = on
archive_command = 'cp %p ${archive}/%f && cd ${archive} && ls -t | tail -n +9 | xargs -r rm -f'
max_connections = 40
shared_buffers = 16MB
fsync = off
max_wal_size = 128MB
min_wal_size = 32MB
logging_collector = off
log_line_prefix = '%m [%p] %a '
`;
}

const hbaConf = `local all         all                trust
host  all         all   127.0.0.0/8  scram-sha-256
host  replication repl  127.0.0.0/8  scram-sha-256
`;
