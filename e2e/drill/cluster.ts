import { join } from "node:path";
import type { Place } from "#e2e/drill/commit-writer.ts";
import { askHaproxy, haproxyServers } from "#e2e/lab/haproxy.ts";
import { type Lab, type PgHost, pgHosts, ports } from "#e2e/lab/layout.ts";
import { askPgbouncer, type pooledDatabases } from "#e2e/lab/pgbouncer.ts";
import { postgresPid, primaryOf, sql } from "#e2e/lab/postgres.ts";
import { readText } from "#e2e/lab/process.ts";

/** The cluster of a lab as its own tools show it, for comparing before and after. */
export interface ClusterPicture {
  /** `primary`, `standby of 127.0.77.31`, or why not. */
  readonly roles: Readonly<Record<string, string>>;
  /** HAProxy's admin state and effective weight of each server. */
  readonly roads: Readonly<Record<string, string>>;
  /** Where PgBouncer leads each of its databases: `127.0.77.31:5432`, with `, paused` while it holds them. */
  readonly pooled: Readonly<Record<string, string>>;
  readonly slots: readonly string[];
}

/** By psql's way, HAProxy's own socket and PgBouncer's console. */
export async function pictureOf(lab: Lab): Promise<ClusterPicture> {
  const roles = await Promise.all(pgHosts.map(async (host) => [host, await roleOf(lab, host)] as const));
  const lines = (await askHaproxy(lab, "show servers state pg-write")).split("\n").filter((line) => /^\d+ /.test(line));
  const roads = lines.map((line) => line.split(" ")).map((row) => [row[3] ?? "", `admin ${row[6]} weight ${row[7]}`]);
  const primary = await primaryOf(lab);
  const slots =
    primary === null ? [] : await sql(lab, primary, "select slot_name from pg_replication_slots order by 1");
  return {
    roles: Object.fromEntries(roles),
    roads: Object.fromEntries(roads),
    pooled: await pooledOf(lab),
    slots: slots.map((row) => String(row.slot_name)),
  };
}

async function pooledOf(lab: Lab): Promise<Record<string, string>> {
  const rows = (await askPgbouncer(lab, "SHOW DATABASES")).filter((row) => row.name !== "pgbouncer");
  return Object.fromEntries(
    rows.map((row) => [String(row.name), `${row.host}:${row.port}${Number(row.paused) === 1 ? ", paused" : ""}`]),
  );
}

async function roleOf(lab: Lab, host: PgHost): Promise<string> {
  if (postgresPid(lab.folder, host) === null) return "not running";
  try {
    const [row] = await sql(
      lab,
      host,
      "select pg_is_in_recovery() as standby, (select status || ' from ' || sender_host from pg_stat_wal_receiver) as source",
    );
    return row?.standby === false ? "primary" : `standby, ${row?.source ?? "no source"}`;
  } catch {
    return "does not answer";
  }
}

/** One primary that HAProxy alone leads to, and two standbys that stream from it. */
export async function isWhole(lab: Lab): Promise<boolean> {
  const { roles, roads, pooled } = await pictureOf(lab);
  const primaries = pgHosts.filter((host) => roles[host] === "primary");
  const streaming = pgHosts.filter((host) => roles[host]?.startsWith("standby, streaming"));
  const [primary] = primaries;
  if (primary === undefined || primaries.length !== 1 || streaming.length !== pgHosts.length - 1) return false;
  const led = pgHosts.filter((host) => roads[host] !== undefined && !roads[host].endsWith("weight 0"));
  const ready = pgHosts.every((host) => roads[host]?.startsWith("admin 0 "));
  const up = Object.entries(await haproxyServers(lab)).every(
    ([name, state]) => !name.startsWith("pg-write/") || state === "UP",
  );
  const held = Object.values(pooled).every((where) => where === `${lab.addresses[primary]}:${ports.postgres}`);
  return held && ready && up && led.length === 1 && led[0] === primary;
}

/** The way that applications go: to the balancer, or to one of the pooler's databases. */
export function clientsPlace(lab: Lab, by: "balancer" | (typeof pooledDatabases)[number] = "balancer"): Place {
  const password = readText(join(lab.paths.secrets, "pg-app-password")).trim();
  if (by === "balancer") return { host: lab.addresses.lb, port: ports.writes, user: "app", password, database: "app" };
  return { host: lab.addresses.pool, port: ports.pooler, user: "app", password, database: by };
}
