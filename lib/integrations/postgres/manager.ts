/** A program that moves the primary by itself. What it does must not be worked against. */
export interface Manager {
  readonly id: ManagerId;
  readonly title: string;
  /** Its processes, by the program's name. */
  readonly processes: readonly string[];
  /** What it calls its sessions, as patterns of LIKE. Seen on Patroni 3.0, repmgr 5.3; else from the programs' own sources. */
  readonly applications: readonly string[];
  /** Roles that only it makes. */
  readonly roles?: readonly string[];
  /** Its own way to do it, for whoever types it; `null` where it has none. */
  readonly door: (what: Moving, from: string, to: string) => string | null;
}

export type Moving = "switchover" | "failover" | "rejoin";

export const managerIds = ["patroni", "repmgrd", "pg_auto_failover", "stolon", "pacemaker", "keepalived"] as const;
export type ManagerId = (typeof managerIds)[number];

export const managers: readonly Manager[] = [
  {
    id: "patroni",
    title: "Patroni",
    processes: ["patroni"],
    applications: ["Patroni", "Patroni %"],
    door: (what, from, to) => {
      if (what === "rejoin") return `patronictl reinit CLUSTER ${from}`;
      const leader = what === "switchover" ? ` --leader ${from}` : "";
      return `patronictl ${what} CLUSTER${leader} --candidate ${to}`;
    },
  },
  {
    id: "repmgrd",
    title: "repmgrd",
    processes: ["repmgrd"],
    applications: ["repmgr", "repmgrd"],
    door: (what, _from, to) => {
      if (what === "rejoin") return `repmgr node rejoin -d 'host=${to} dbname=repmgr' --force-rewind --dry-run`;
      const command = what === "switchover" ? "repmgr standby switchover" : "repmgr standby promote";
      return `${command} --siblings-follow --dry-run`;
    },
  },
  {
    id: "pg_auto_failover",
    title: "pg_auto_failover",
    processes: ["pg_autoctl"],
    applications: ["pgautofailover%", "pg_autoctl%"],
    roles: ["pgautofailover_monitor", "pgautofailover_replicator"],
    door: (what) => (what === "rejoin" ? "pg_autoctl run" : `pg_autoctl perform ${what}`),
  },
  {
    id: "stolon",
    title: "Stolon",
    processes: ["stolon-keeper", "stolon-sentinel"],
    applications: ["stolon%"],
    door: (what) => (what === "rejoin" ? null : "stolonctl failkeeper KEEPER"),
  },
  {
    id: "pacemaker",
    title: "Pacemaker",
    processes: ["pacemakerd", "corosync"],
    applications: [],
    door: (what, from) => (what === "rejoin" ? `pcs resource cleanup --node ${from}` : `pcs node standby ${from}`),
  },
  { id: "keepalived", title: "keepalived", processes: ["keepalived"], applications: [], door: () => null },
];

export function managerOf(id: ManagerId): Manager {
  const found = managers.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no manager ${id}`);
  return found;
}

/** Why Pitwall leaves it alone, and what to do instead. */
export function deferWords({ title, door }: Manager, what: Moving, from: string, to: string): string {
  const own = door(what, from, to);
  const use = own === null ? "stop it first" : `use its own way: ${own}`;
  return `${title} moves this cluster, and Pitwall does not work beside it; ${use}`;
}

/** An expression over pg_stat_activity that gives the ids of the managers with a session, separated by commas. */
export const managersSql = `(SELECT string_agg(DISTINCT CASE ${managers
  .flatMap(({ id, applications, roles = [] }) => [
    ...applications.map((pattern) => `WHEN application_name LIKE '${pattern}' THEN '${id}'`),
    ...roles.map((role) => `WHEN usename = '${role}' THEN '${id}'`),
  ])
  .join(" ")} END, ',') FROM pg_stat_activity)`;

/** Those of the ids that are known. */
export function managersIn(text: string | null): readonly ManagerId[] {
  const said = (text ?? "").split(",");
  return managerIds.filter((id) => said.includes(id));
}
