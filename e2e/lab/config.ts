import { join } from "node:path";
import {
  type Lab,
  type PgHost,
  pgHosts,
  ports,
  type SshHost,
  type WebHost,
  watchedByWrapper,
  webHosts,
} from "#e2e/lab/layout.ts";
import { pooledDatabases, pooledFile } from "#e2e/lab/pgbouncer.ts";
import { pgPaths } from "#e2e/lab/postgres.ts";
import { apacheArgv, webHostPaths } from "#e2e/lab/web-host.ts";

/**
 * The pitwall.yaml that watches a lab. Its heal rule only notes what it would do, unless `heals` says `act`: then it does it
 * soon, for whoever waits. With `haproxyFrom: "lb"` HAProxy's socket is read over ssh instead of on the spot; with `backup` the
 * backup is watched too, which must be told then to whom it reports. `byWrapper` are the hosts reached by the wrapper's keys alone.
 */
export function labConfig(
  lab: Lab,
  {
    haproxyFrom = "local",
    heals = "observe",
    backup = false,
    byWrapper = watchedByWrapper,
  }: {
    haproxyFrom?: "local" | "lb";
    heals?: "observe" | "act";
    backup?: boolean;
    byWrapper?: readonly string[];
  } = {},
): string {
  const watched: SshHost[] = [
    "bastion",
    ...(haproxyFrom === "lb" ? (["lb"] as const) : []),
    "pool",
    ...webHosts,
    ...pgHosts,
  ];
  const nodes = (host: WebHost | PgHost, port: number) =>
    `      - { name: ${host}, address: "${lab.addresses[host]}:${port}" }`;
  return `reach: { allow: [127.0.0.0/8] }
# The demo's user has no password to prove again by: the link is proof enough for as long as a session lasts.
access: { fresh: 7d }
hosts:
${watched.map((host) => hostLine(lab, host, byWrapper)).join("\n")}
services:
  - id: search
    kind: http
    name: Search
    group: Data
    interval: 2s
    timeout: 1500ms
    url: http://search.lab/_cluster/health
    expect: { status: 200, body: { json: { path: "$.status", equals: green } } }
    nodes: [{ name: search-1, address: "${lab.addresses.search}:${ports.search}" }]
  - id: pg-main
    kind: postgres
    name: PostgreSQL main
    group: Data
    interval: 2s
    timeout: 1500ms
    # Nothing of the lab runs that long by itself, and nobody at a demo waits five minutes for a warning.
    rules: { longest-query: { warning: 10s } }
    nodes:
${pgHosts.map((host) => postgresLine(lab, host)).join("\n")}
    user: pitwall
    password: ${JSON.stringify(`file:${lab.paths.pgPassword}`)}
    act: { user: operator, password: ${JSON.stringify(`file:${lab.paths.operatorPassword}`)} }
    standby: { user: repl, passfile: ${JSON.stringify(join(lab.paths.secrets, "pgpass"))} }
    roads:
      - { name: lb-1, socket: ${JSON.stringify(lab.paths.adminSocket)}, from: ${haproxyFrom}, backend: pg-write, address: ${lab.addresses.lb}, port: ${ports.writes} }
    poolers:
      - name: pgb-1
        address: ${lab.addresses.pool}
        port: ${ports.pooler}
        admin: { user: operator, password: ${JSON.stringify(`file:${lab.paths.operatorPassword}`)} }
        databases: [${pooledDatabases.join(", ")}]
        machine: { host: pool, file: ${JSON.stringify(pooledFile(lab))} }
        patience: 4s
    database: postgres
  - id: learn-web
    kind: passenger
    name: Learn web
    group: Learn
    interval: 4s
    timeout: 3500ms
    dependsOn: [search, pg-main]
    nodes:
${webHosts.map((host) => passengerLine(lab, host)).join("\n")}
    heal: [{ when: not-running, action: restart-web-server, ${heals === "act" ? "after: 1s, warmUp: 5s" : "mode: observe"} }]
${declaredLines(lab)}
  - id: learn-health
    kind: http
    name: Learn health
    group: Learn
    interval: 2s
    timeout: 1500ms
    dependsOn: [learn-web, search]
    url: http://learn.lab/health
    nodes:
${webHosts.map((host) => nodes(host, ports.web)).join("\n")}
    balancer: { name: lb, address: "${lab.addresses.lb}:${ports.front}" }
  - id: lb
    kind: haproxy
    name: Load balancer
    group: Edge
    interval: 2s
    timeout: 1500ms
    dependsOn: [learn-health]
    processes: [{ name: lb-1, socket: ${JSON.stringify(lab.paths.adminSocket)}, from: ${haproxyFrom} }]
${backup ? backupService : ""}`;
}

const backupService = `  - id: backup
    kind: heartbeat
    name: Backup
    group: Data
    interval: 2s
    dependsOn: [pg-main]
    every: 20s
    grace: 15s
    longest: 1min
`;

function hostLine(lab: Lab, host: SshHost, byWrapper: readonly string[]): string {
  const hop = host === "bastion" ? "" : ", via: bastion";
  const key = (file: string) => JSON.stringify(`file:${file}`);
  const keys = byWrapper.includes(host)
    ? `mode: wrapper, key: ${key(lab.paths.lookKey)}, actKey: ${key(lab.paths.actKey)}`
    : `key: ${key(lab.paths.sshKey)}`;
  return `  ${host}: { address: ${lab.addresses[host]}, port: ${ports.ssh}, user: ${lab.owner.name}, ${keys}, hostKey: "${lab.hostKeys[host]}"${hop} }`;
}

function postgresLine(lab: Lab, host: PgHost): string {
  const { data, log } = pgPaths(lab.folder, host);
  const start = [join(lab.pgBin, "pg_ctl"), "-D", data, "-l", log, "-w", "-t", "60", "-s", "start"];
  return `      - name: ${host}
        address: ${lab.addresses[host]}
        port: ${ports.postgres}
        machine: { host: ${host}, data: ${JSON.stringify(data)}, bin: ${JSON.stringify(lab.pgBin)}, start: ${JSON.stringify(start)} }`;
}

function passengerLine(lab: Lab, host: WebHost): string {
  const registryDir = JSON.stringify(webHostPaths(lab.folder, host).registryDir);
  const restart = JSON.stringify(apacheArgv(lab.folder, host, "restart"));
  return `      - { name: ${host}, host: ${host}, registryDir: ${registryDir}, restart: ${restart} }`;
}

/** Remedies of the team's own, on the host whose wrapper has to know them. */
function declaredLines(lab: Lab): string {
  const log = JSON.stringify(join(lab.paths.logs, "web-02.{log}.log"));
  const notice = JSON.stringify(join(webHostPaths(lab.folder, "web-02").home, "{name}.notice"));
  return `    actions:
      - id: show-log
        title: Show the end of a log
        about: Prints the last lines of a log of web-02. It changes nothing.
        at: web-02
        risk: low
        run: [/usr/bin/tail, -n, "{lines}", ${log}]
        params:
          log: { label: Log, enum: [apache, passenger] }
          lines: { label: Lines, integer: { min: 1, max: 200 } }
        verify: { run: [/usr/bin/test, -s, ${log}], times: 1 }
      - id: put-notice
        title: Put up a notice
        about: Leaves a file on web-02 that tells others to keep off. It disturbs nobody.
        at: web-02
        run: [/usr/bin/touch, ${notice}]
        params:
          name: { label: Name, hint: What it is about, pattern: "[a-z][a-z0-9-]*", length: { min: 3, max: 24 } }
        preflight: [{ title: There is no such notice yet, run: [/usr/bin/test, -e, ${notice}], exit: 1 }]
        verify: { run: [/usr/bin/test, -e, ${notice}], times: 2, every: 200ms }
        undo: [/bin/rm, ${notice}]`;
}
