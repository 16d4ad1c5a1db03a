import { join } from "node:path";
import { type Lab, type PgHost, pgHosts, ports, type SshHost, type WebHost, webHosts } from "#e2e/lab/layout.ts";
import { pgPaths } from "#e2e/lab/postgres.ts";
import { apacheArgv, webHostPaths } from "#e2e/lab/web-host.ts";

/** The pitwall.yaml that watches a lab. With `haproxyFrom: "lb"` HAProxy's socket is read over ssh instead of on the spot. */
export function labConfig(lab: Lab, { haproxyFrom = "local" }: { haproxyFrom?: "local" | "lb" } = {}): string {
  const watched: SshHost[] = ["bastion", ...(haproxyFrom === "lb" ? (["lb"] as const) : []), ...webHosts, ...pgHosts];
  const nodes = (host: WebHost | PgHost, port: number) =>
    `      - { name: ${host}, address: "${lab.addresses[host]}:${port}" }`;
  return `reach: { allow: [127.0.0.0/8] }
# The demo's user has no password to prove again by: the link is proof enough for as long as a session lasts.
access: { fresh: 7d }
hosts:
${watched.map((host) => hostLine(lab, host)).join("\n")}
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
    nodes:
${pgHosts.map((host) => postgresLine(lab, host)).join("\n")}
    user: pitwall
    password: ${JSON.stringify(`file:${lab.paths.pgPassword}`)}
    act: { user: operator, password: ${JSON.stringify(`file:${lab.paths.operatorPassword}`)} }
    standby: { user: repl, passfile: ${JSON.stringify(join(lab.paths.secrets, "pgpass"))} }
    roads:
      - { name: lb-1, socket: ${JSON.stringify(lab.paths.adminSocket)}, from: ${haproxyFrom}, backend: pg-write, address: ${lab.addresses.lb}, port: ${ports.writes} }
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
`;
}

function hostLine(lab: Lab, host: SshHost): string {
  const hop = host === "bastion" ? "" : ", via: bastion";
  const key = JSON.stringify(`file:${lab.paths.sshKey}`);
  return `  ${host}: { address: ${lab.addresses[host]}, port: ${ports.ssh}, user: ${lab.owner.name}, key: ${key}, hostKey: "${lab.hostKeys[host]}"${hop} }`;
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
