import { connect } from "node:net";
import { join } from "node:path";
import { makeFolders, secretIn, writeOwned } from "#e2e/lab/folder.ts";
import { LabError } from "#e2e/lab/lab-error.ts";
import { type Lab, pgHosts, ports, webHosts } from "#e2e/lab/layout.ts";
import { end, pidOf, run, start } from "#e2e/lab/process.ts";
import { until } from "#e2e/lab/until.ts";

const name = "haproxy";

/** Starts HAProxy as master and worker if it does not run, and waits until its admin socket answers. */
export async function startHaproxy(lab: Lab): Promise<void> {
  const home = join(lab.folder, "lb");
  const conf = join(home, "haproxy.cfg");
  makeFolders(lab, home);
  writeOwned(lab, conf, haproxyConf(lab, secretIn(lab, lab.paths.statsPassword)));
  if (pidOf(lab, name) === null) {
    await run(lab, ["/usr/sbin/haproxy", "-c", "-q", "-f", conf]);
    start(lab, name, ["/usr/sbin/haproxy", "-W", "-S", lab.paths.masterSocket, "-f", conf]);
  }
  await until("HAProxy's admin socket answers", async () =>
    (await askHaproxy(lab, "show info")).includes("Uptime_sec"),
  );
}

export async function stopHaproxy(lab: Lab): Promise<void> {
  await end(lab, name, "SIGTERM", 3_000);
}

/** One command to the admin socket, as a person would with socat; returns the whole reply. */
export function askHaproxy(lab: Pick<Lab, "paths">, command: string, timeoutMs = 15_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: lab.paths.adminSocket });
    let reply = "";
    socket.setTimeout(timeoutMs, () =>
      socket.destroy(new LabError(`HAProxy's admin socket did not answer "${command}"`)),
    );
    socket.on("data", (chunk) => {
      reply += chunk;
    });
    socket.on("error", reject);
    socket.on("end", () => resolve(reply));
    socket.write(`${command}\n`);
  });
}

/** Status of each server by HAProxy's own word: `{ "learn/web-01": "UP", … }`. */
export async function haproxyServers(lab: Pick<Lab, "paths">): Promise<Record<string, string>> {
  const [header = "", ...rows] = (await askHaproxy(lab, "show stat -1 4 -1")).trim().split("\n");
  const columns = header.replace(/^# /, "").split(",");
  const at = (row: string, column: string) => row.split(",")[columns.indexOf(column)] ?? "";
  return Object.fromEntries(rows.map((row) => [`${at(row, "pxname")}/${at(row, "svname")}`, at(row, "status")]));
}

/**
 * Server names are the names of the nodes: they link what HAProxy says with what the others say.
 * In `pg-write` every node that answers is UP, and the role agent gives only the primary a weight. An agent that
 * answered `drain` and `ready` instead would undo an operator's own drain every second.
 */
function haproxyConf(lab: Lab, statsPassword: string): string {
  const web = (options: string) =>
    webHosts.map((host) => `    server ${host} ${lab.addresses[host]}:${ports.web} check ${options}`).join("\n");
  const pg = pgHosts.map(
    (host) =>
      `    server ${host} ${lab.addresses[host]}:${ports.postgres} check agent-check agent-addr ${lab.addresses[host]}`,
  );
  const address = lab.addresses.lb;
  return `global
    log stdout format raw local0 notice
    maxconn 1000
    stats socket ${lab.paths.adminSocket} mode 600 level admin
    stats socket ${lab.paths.operatorSocket} mode 660 level operator
    stats socket ${lab.paths.userSocket} mode 666 level user
    stats timeout 30s
defaults
    mode http
    log global
    option httplog
    option dontlog-normal
    option redispatch
    retries 2
    timeout connect 1s
    timeout client 65s
    timeout server 65s
    timeout queue 10s
    timeout check 2s
    default-server inter 1s fall 3 rise 2
frontend front
    bind ${address}:${ports.front}
    maxconn 400
    use_backend api if { path_beg /api }
    default_backend learn
backend learn
    balance roundrobin
    option httpchk GET /health
    http-check expect status 200
${web("maxconn 12")}
backend api
    balance roundrobin
    option httpchk GET /api/up
    http-check expect status 200
${web("maxconn 6")}
listen pg-write
    mode tcp
    option tcplog
    bind ${address}:${ports.writes}
    option pgsql-check user haproxy
    default-server agent-port ${ports.roleAgent} agent-inter 1s on-marked-down shutdown-sessions
${pg.join("\n")}
listen stats
    bind ${address}:${ports.stats}
    http-request use-service prometheus-exporter if { path /metrics }
    stats enable
    stats uri /stats
    stats refresh 5s
    stats show-legends
    stats admin if TRUE
    stats auth admin:${statsPassword}
`;
}
