import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { until } from "#lib/integrations/postgres/real-cluster.ts";

/** A cluster that Patroni keeps, as Debian ships both, on addresses of its own. */
export interface RealPatroni {
  /** In the order they were made; the first one leads at first. */
  readonly members: readonly { readonly name: string; readonly address: string; readonly pid: number }[];
  readonly port: number;
  readonly restPort: number;
  readonly login: { readonly user: string; readonly password: string };
}

const names = ["pg-a", "pg-b", "pg-c"] as const;
const port = 5432;
const restPort = 8008;
const login = { user: "admin", password: "drill" };
const startWithinMs = 180_000;

/** Starts etcd and three members, and returns when all of them run. */
export async function startPatroni(t: TestContext): Promise<RealPatroni> {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-patroni-"));
  const net = `127.${70 + Math.floor(Math.random() * 40)}.${1 + Math.floor(Math.random() * 253)}`;
  const children: ChildProcess[] = [];
  t.after(async () => {
    // The members first: they want to tell etcd that they go.
    for (const child of children.reverse()) await ended(child);
    rmSync(folder, { recursive: true, force: true });
  });
  if (process.getuid?.() === 0) chownSync(folder, idOf("-u"), idOf("-g"));
  const etcd = `http://${net}.9:2379`;
  const peer = `http://${net}.9:2380`;
  const flags = {
    name: "e",
    "data-dir": path.join(folder, "etcd"),
    "listen-client-urls": etcd,
    "advertise-client-urls": etcd,
    "listen-peer-urls": peer,
    "initial-advertise-peer-urls": peer,
    "initial-cluster": `e=${peer}`,
    "log-level": "error",
  };
  const etcdFlags = Object.entries(flags).flatMap(([key, value]) => [`--${key}`, value]);
  children.push(begin(folder, ["etcd", ...etcdFlags, "--unsafe-no-fsync"]));
  await until("etcd answers", () => answers(`${etcd}/health`), startWithinMs);
  const members = names.map((name, at) => ({ name, address: `${net}.${at + 1}` }));
  const started: ChildProcess[] = [];
  for (const member of members) {
    const file = path.join(folder, `${member.name}.json`);
    writeFileSync(file, JSON.stringify(settings(folder, member, `${net}.9:2379`)), { mode: 0o644 });
    const child = begin(folder, ["patroni", file]);
    children.push(child);
    started.push(child);
    // The first one makes the cluster, and the others copy it.
    if (started.length === 1)
      await until(`${member.name} leads`, () => answers(`http://${member.address}:8008/leader`), startWithinMs);
  }
  const stream = async () => {
    const live = members.slice(1).map(({ address }) => answers(`http://${address}:8008/replica?lag=1MB`));
    return (await Promise.all(live)).every(Boolean);
  };
  await until("all members stream", stream, startWithinMs);
  return {
    members: members.map((member, at) => ({ ...member, pid: started[at]?.pid ?? 0 })),
    port,
    restPort,
    login,
  };
}

/**
 * JSON is YAML, too. The shortest times that Patroni takes, but for `retry_timeout`, the longest beside them: a leader that
 * does not reach etcd for as long gives up, and on a busy machine that must not happen by itself.
 */
function settings(folder: string, { name, address }: { name: string; address: string }, etcd: string) {
  const role = (username: string) => ({ username, password: "x" });
  return {
    scope: "drill",
    name,
    restapi: {
      listen: `${address}:${restPort}`,
      connect_address: `${address}:${restPort}`,
      authentication: { username: login.user, password: login.password },
    },
    etcd3: { host: etcd },
    bootstrap: {
      dcs: {
        ttl: 20,
        loop_wait: 1,
        retry_timeout: 9,
        postgresql: { use_pg_rewind: true, parameters: { wal_log_hints: "on", fsync: "off" } },
      },
      initdb: [{ encoding: "UTF8" }, { locale: "C" }, "no-sync"],
      pg_hba: ["host all all 127.0.0.0/8 trust", "host replication all 127.0.0.0/8 trust"],
    },
    postgresql: {
      listen: `${address}:${port}`,
      connect_address: `${address}:${port}`,
      data_dir: path.join(folder, name),
      bin_dir: newestBin(),
      pgpass: path.join(folder, `${name}.pgpass`),
      authentication: { superuser: role("postgres"), replication: role("repl"), rewind: role("rewinder") },
      parameters: { unix_socket_directories: "", shared_buffers: "8MB", max_connections: 30 },
    },
  };
}

/** As the servers' user, and gone with the test that started it. */
function begin(folder: string, argv: readonly string[]): ChildProcess {
  const drop = process.getuid?.() === 0 ? ["--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];
  const home = path.join(folder, "home");
  if (!existsSync(home)) {
    mkdirSync(home);
    if (process.getuid?.() === 0) chownSync(home, idOf("-u"), idOf("-g"));
  }
  return spawn("setpriv", [...drop, "--pdeathsig", "TERM", ...argv], {
    cwd: home,
    stdio: "ignore",
    env: { ...process.env, HOME: home },
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGCONT");
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await gone;
  clearTimeout(late);
}

async function answers(url: string): Promise<boolean> {
  return await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.ok,
    () => false,
  );
}

function newestBin(): string {
  const versions = readdirSync("/usr/lib/postgresql").filter((name) => /^\d/.test(name));
  return path.join("/usr/lib/postgresql", String(Math.max(...versions.map(Number))), "bin");
}

function idOf(flag: "-u" | "-g"): number {
  return Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout);
}
