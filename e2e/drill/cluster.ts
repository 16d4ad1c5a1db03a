import { join } from "node:path";
import type { Place } from "#e2e/drill/commit-writer.ts";
import { askHaproxy, haproxyServers } from "#e2e/lab/haproxy.ts";
import { type Lab, type PgHost, pgHosts, ports } from "#e2e/lab/layout.ts";
import { postgresPid, primaryOf, sql } from "#e2e/lab/postgres.ts";
import { readText } from "#e2e/lab/process.ts";

/** The cluster of a lab as its own tools show it, for comparing before and after. */
export interface ClusterPicture {
  /** `primary`, `standby of 127.0.77.31`, or why not. */
  readonly roles: Readonly<Record<string, string>>;
  /** HAProxy's admin state and effective weight of each server. */
  readonly roads: Readonly<Record<string, string>>;
  readonly slots: readonly string[];
}

/** By psql's way and HAProxy's own socket. */
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
    slots: slots.map((row) => String(row.slot_name)),
  };
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
  const { roles, roads } = await pictureOf(lab);
  const primaries = pgHosts.filter((host) => roles[host] === "primary");
  const streaming = pgHosts.filter((host) => roles[host]?.startsWith("standby, streaming"));
  const [primary] = primaries;
  if (primary === undefined || primaries.length !== 1 || streaming.length !== pgHosts.length - 1) return false;
  const led = pgHosts.filter((host) => roads[host] !== undefined && !roads[host].endsWith("weight 0"));
  const ready = pgHosts.every((host) => roads[host]?.startsWith("admin 0 "));
  const up = Object.entries(await haproxyServers(lab)).every(
    ([name, state]) => !name.startsWith("pg-write/") || state === "UP",
  );
  return ready && up && led.length === 1 && led[0] === primary;
}

/** The way that applications go. */
export function clientsPlace(lab: Lab): Place {
  const password = readText(join(lab.paths.secrets, "pg-app-password")).trim();
  return { host: lab.addresses.lb, port: ports.writes, user: "app", password, database: "app" };
}
