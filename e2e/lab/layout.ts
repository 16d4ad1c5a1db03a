import { join } from "node:path";
import type { Owner } from "#e2e/lab/owner.ts";

/** Last number of each host's loopback address: `127.0.<net>.<number>`. */
export const hostNumbers = {
  bastion: 2,
  lb: 10,
  pool: 11,
  "web-01": 21,
  "web-02": 22,
  "web-03": 23,
  "pg-a": 31,
  "pg-b": 32,
  "pg-c": 33,
  search: 41,
} as const;

export type HostName = keyof typeof hostNumbers;

export const hostNames = Object.keys(hostNumbers) as HostName[];
export const webHosts = ["web-01", "web-02", "web-03"] as const;
/** Hosts that have Pitwall's wrapper and its two keys. */
export const wrappedHosts: readonly string[] = ["pool", "web-02", "pg-a", "pg-b", "pg-c"];
/** Those that are watched by it; the others show that it works without, too. */
export const watchedByWrapper: readonly string[] = ["web-02"];
export type WebHost = (typeof webHosts)[number];
/** The first is the primary of a fresh lab. */
export const pgHosts = ["pg-a", "pg-b", "pg-c"] as const;
export type PgHost = (typeof pgHosts)[number];
/** Every machine that people log in to. */
export const sshHosts = ["bastion", "lb", "pool", ...webHosts, ...pgHosts] as const;
export type SshHost = (typeof sshHosts)[number];

export const ports = {
  /** HAProxy: the web frontend. */
  front: 8080,
  /** HAProxy: writes to the PostgreSQL primary. */
  writes: 5432,
  /** HAProxy: stats page, and `/metrics` for Prometheus. */
  stats: 8404,
  /** PgBouncer: transactions and sessions to the PostgreSQL primary. */
  pooler: 6432,
  web: 8000,
  ssh: 2222,
  postgres: 5432,
  /** Tells HAProxy's agent check which PostgreSQL node takes writes. */
  roleAgent: 8008,
  search: 9200,
} as const;

/** All that a later command needs to find a lab again; `lab.json` in its folder holds exactly this. */
export interface Lab {
  readonly folder: string;
  /** Third number of every address. */
  readonly net: number;
  /** The user that the servers run as, and that logs in by ssh. */
  readonly owner: Owner;
  readonly addresses: Readonly<Record<HostName, string>>;
  /** Folder of PostgreSQL's own programs. */
  readonly pgBin: string;
  readonly paths: LabPaths;
  /** Public host keys as in known_hosts without the name; filled once the keys exist. */
  readonly hostKeys: Readonly<Record<SshHost, string>>;
  readonly startedAt: string;
  /** Process that this lab belongs to: when that one is gone, the lab is abandoned. `null`: it stays until `down`. */
  readonly heldByPid: number | null;
  /** Start of that process in clock ticks since boot, as proc(5) gives it: a pid alone is used again. */
  readonly heldByStart: string | null;
}

export interface LabPaths {
  readonly state: string;
  readonly config: string;
  readonly logs: string;
  /** One `<name>.pid` per process that keeps no pid file of its own. */
  readonly pids: string;
  readonly secrets: string;
  readonly pgPassword: string;
  readonly operatorPassword: string;
  readonly statsPassword: string;
  readonly sshKey: string;
  /** The keys that Pitwall looks and acts by on a host with its wrapper. */
  readonly lookKey: string;
  readonly actKey: string;
  readonly sshConfig: string;
  readonly adminSocket: string;
  readonly operatorSocket: string;
  readonly userSocket: string;
  readonly masterSocket: string;
  /** Where a small file system for Pitwall's store can be mounted. */
  readonly store: string;
}

/** Where everything of a lab in `folder` lies. Pure. */
export function layOut(folder: string): LabPaths {
  const at = (...parts: string[]) => join(folder, ...parts);
  return {
    state: at("lab.json"),
    config: at("pitwall.yaml"),
    logs: at("log"),
    pids: at("run"),
    secrets: at("secrets"),
    pgPassword: at("secrets", "pg-password"),
    operatorPassword: at("secrets", "pg-operator-password"),
    statsPassword: at("secrets", "haproxy-stats-password"),
    sshKey: at("ssh", "id_ed25519"),
    lookKey: at("ssh", "pitwall_look"),
    actKey: at("ssh", "pitwall_act"),
    sshConfig: at("ssh", "config"),
    adminSocket: at("lb", "admin.sock"),
    operatorSocket: at("lb", "operator.sock"),
    userSocket: at("lb", "user.sock"),
    masterSocket: at("lb", "master.sock"),
    store: at("store"),
  };
}

/** `127.0.<net>.<number>` of every host. Pure. */
export function addressesOf(net: number): Record<HostName, string> {
  return Object.fromEntries(hostNames.map((host) => [host, `127.0.${net}.${hostNumbers[host]}`])) as Record<
    HostName,
    string
  >;
}

export function isPgHost(name: string): name is PgHost {
  return (pgHosts as readonly string[]).includes(name);
}
