import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { appendFileSync, chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";

/** A superuser's session, as the `pg` package gives it. */
export interface Session {
  query(text: string): Promise<{ readonly rows: Record<string, unknown>[] }>;
  end(): Promise<void>;
}

/** Opens a session; the caller brings the driver. A session whose server dies must not throw. */
export type Connect = (place: {
  readonly host: string;
  readonly port: number;
  readonly application: string;
  /** The superuser unless told otherwise. */
  readonly user?: string;
}) => Promise<Session>;

/** A PostgreSQL server as Debian ships it, started for one test on an address of its own. */
export interface RealServer {
  readonly address: string;
  readonly port: number;
  /** One statement as the superuser, on a session of its own. */
  sql(text: string): Promise<Record<string, unknown>[]>;
  /** A session that stays open until the test ends. */
  session(application: string, user?: string): Promise<Session>;
  start(): Promise<void>;
  /** Ends the server at once, as a crash would. */
  crash(): Promise<void>;
}

export interface RealCluster {
  readonly primary: RealServer;
  readonly replica: RealServer;
}

/** A primary and one streaming replica with a slot, and a role `pitwall` that is a member of pg_monitor. */
export async function startCluster(t: TestContext, connect: Connect): Promise<RealCluster> {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-pg-"));
  const servers: (RealServer & { end(): void })[] = [];
  t.after(async () => {
    await Promise.all(servers.map(async (server) => await server.crash()));
    for (const server of servers) server.end();
    rmSync(folder, { recursive: true, force: true });
  });
  if (process.getuid?.() === 0) chownSync(folder, idOf("-u"), idOf("-g"));
  const [from, to] = [path.join(folder, "primary"), path.join(folder, "replica")];
  run("initdb", ["-D", from, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]);
  appendFileSync(path.join(from, "postgresql.conf"), settings);
  writeFileSync(
    path.join(from, "pg_hba.conf"),
    "host all all 127.0.0.0/8 trust\nhost replication all 127.0.0.0/8 trust\n",
  );
  const primary = await server(from, connect);
  servers.push(primary);
  await primary.start();
  await primary.sql("create role pitwall login in role pg_monitor");
  await primary.sql("create role bare login");
  await primary.sql("grant execute on function pg_wal_replay_resume to pitwall");
  await primary.sql("create table t (id int primary key, v text)");
  await primary.sql("insert into t select g, 'x' from generate_series(1, 100) g");
  const source = `host=${primary.address} port=${primary.port} user=postgres application_name=pg-b`;
  run("pg_basebackup", ["-D", to, "-R", "-C", "-S", "pg_b", "-X", "stream", "-c", "fast", "--no-sync", "-d", source]);
  const replica = await server(to, connect);
  servers.push(replica);
  await replica.start();
  return { primary, replica };
}

/** Waits until the condition holds; fails after `withinMs` with the words. */
export async function until(words: string, holds: () => Promise<boolean>, withinMs = 40_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${words}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const settings = `
unix_socket_directories = ''
wal_level = replica
wal_log_hints = on
max_connections = 20
shared_buffers = 8MB
fsync = off
wal_keep_size = 64MB
max_wal_size = 64MB
min_wal_size = 32MB
wal_retrieve_retry_interval = 500ms
`;

const user = "postgres";
/** The addresses are the tests' own, so the port need not be. */
const port = 15_432;
const bin = newest("/usr/lib/postgresql");

async function server(folder: string, connect: Connect): Promise<RealServer & { end(): void }> {
  const address = ownAddress();
  const sessions: Session[] = [];
  let child: ChildProcess | null = null;
  const open = (application: string, user?: string) =>
    connect({ host: address, port, application, ...(user === undefined ? {} : { user }) });
  return {
    address,
    port,
    sql: async (text) => {
      const client = await open("test");
      try {
        return (await client.query(text)).rows;
      } finally {
        await client.end();
      }
    },
    session: async (application, user) => {
      const client = await open(application, user);
      sessions.push(client);
      return client;
    },
    start: async () => {
      const options = ["-D", folder, "-c", `listen_addresses=${address}`, "-c", `port=${port}`];
      const [program, ...parameters] = [...asUser("QUIT"), path.join(bin, "postgres"), ...options];
      child = spawn(program ?? "", parameters, { stdio: "ignore" });
      await until("the server answers", async () => await open("test").then(ended, () => false));
    },
    crash: async () => {
      const stopping = child;
      child = null;
      if (stopping === null || stopping.exitCode !== null) return;
      const gone = new Promise((resolve) => stopping.once("exit", resolve));
      stopping.kill("SIGQUIT");
      await gone;
    },
    end: () => {
      for (const session of sessions) void session.end().catch(() => {});
    },
  };
}

async function ended(client: Session): Promise<boolean> {
  await client.end();
  return true;
}

/** PostgreSQL refuses to run as root. A server of a test that is killed goes with it. */
function asUser(atParentsDeath?: string): string[] {
  const drop = process.getuid?.() === 0 ? [`--reuid=${user}`, `--regid=${user}`, "--clear-groups"] : [];
  const death = atParentsDeath === undefined ? [] : ["--pdeathsig", atParentsDeath];
  return drop.length + death.length === 0 ? [] : ["setpriv", ...drop, ...death];
}

function run(program: string, parameters: readonly string[]): void {
  const [first, ...rest] = [...asUser(), path.join(bin, program), ...parameters];
  const done = spawnSync(first ?? "", rest, { encoding: "utf8", timeout: 60_000, cwd: tmpdir() });
  if (done.status !== 0) throw new Error(`${program} failed: ${done.stderr}`);
}

function idOf(flag: "-u" | "-g"): number {
  return Number(spawnSync("id", [flag, user], { encoding: "utf8" }).stdout);
}

function newest(folder: string): string {
  const versions = readdirSync(folder).filter((name) => /^\d/.test(name));
  const [latest] = versions.sort((a, b) => Number(b) - Number(a));
  if (latest === undefined) throw new Error(`no PostgreSQL under ${folder}`);
  return path.join(folder, latest, "bin");
}

function ownAddress(): string {
  const byte = () => 1 + Math.floor(Math.random() * 253);
  return `127.${20 + Math.floor(Math.random() * 40)}.${byte()}.${byte()}`;
}
