import { formatDuration } from "#lib/core/duration.ts";
import type { SuggestedAction } from "#lib/core/finding.ts";
import type { Fact, Reading, Rule } from "#lib/core/rule.ts";
import type { HaproxyBackend, HaproxyDetail, HaproxyServer } from "#lib/integrations/haproxy/detail.ts";
import { isSetOut, takesSessions } from "#lib/integrations/haproxy/status.ts";

/** What is trouble for a balancer. A server that someone took out on purpose is told, but is not trouble. */
export const haproxyRules: readonly Rule<HaproxyDetail>[] = [
  {
    type: "fact",
    id: "server-down",
    title: "Server is down",
    severity: "warning",
    help: "HAProxy's check of this server fails, so it gets no traffic. One of many is a warning; `capacity` and `backend-down` tell when too many are gone.",
    find: (detail) =>
      unplanned(detail)
        .filter((server) => server.state === "down" || server.state === "agent-down" || server.state === "coming-up")
        .map((server) => aboutServer(server, downWords(server), `${sinceWords(server)}${reasonOf(server)}`)),
  },
  {
    type: "fact",
    id: "backend-down",
    title: "Backend has no server left",
    severity: "critical",
    help: "No server can take requests, so HAProxy answers 503 itself.",
    find: (detail) =>
      detail.backends
        .filter((backend) => backend.downOn.length > 0)
        .map((backend) => ({
          subject: backend.name,
          message: `${backend.name}: 0 of ${backend.servers.length} servers in rotation${onProcesses(detail, backend.downOn)}, HAProxy answers 503 itself`,
          value: 0,
          ...readyOf(backend),
        })),
  },
  {
    type: "threshold",
    id: "capacity",
    title: "Share of servers in rotation",
    unit: "percent",
    raise: "below",
    critical: 50,
    help: "Servers that get new sessions, of all but backups and those that stand by at weight 0 because their agent says so. Each missing one is told by its own rule; this one tells when so many are gone that the rest may not carry the load. No more than a warning when all that is missing is out on purpose.",
    read: (detail) => detail.backends.flatMap(capacityOf),
  },
  {
    type: "fact",
    id: "server-going-down",
    title: "Server is about to go down",
    severity: "warning",
    help: "`UP n/m`: checks are failing, and n more failures take it out. Also for the first check after a start.",
    find: (detail) =>
      unplanned(detail)
        .filter((server) => server.state === "going-down")
        .map((server) => aboutServer(server, `about to go down (${server.status})`, reasonOf(server))),
  },
  {
    type: "fact",
    id: "server-name-lost",
    title: "Server's name does not resolve",
    severity: "critical",
    help: "`MAINT (resolution)`: HAProxy took it out because its DNS name stopped resolving. Nobody planned it.",
    find: (detail) =>
      serversOf(detail)
        .filter((server) => server.state === "dns-maint")
        .map((server) => aboutServer(server, "out of service", ", its DNS name does not resolve")),
  },
  {
    type: "fact",
    id: "server-not-checked",
    title: "Server is not checked",
    severity: "info",
    help: "No check is configured, or checks were switched off: HAProxy sends traffic there whatever its health.",
    find: (detail) =>
      serversOf(detail)
        .filter((server) => server.state === "no-check")
        .map((server) => aboutServer(server, "has no health check", ", nothing is known of its health")),
  },
  {
    type: "fact",
    id: "server-planned-out",
    title: "Server is out on purpose",
    severity: "info",
    help: "Drained or in maintenance because someone or the configuration wants it so. Told so that nobody forgets to bring it back.",
    find: (detail) =>
      serversOf(detail)
        .filter((server) => server.planned)
        .map((server) => ({
          ...aboutServer(server, plannedWords(server), plannedMore(server)),
          ...(isSetOut(server) ? { action: ready(server) } : {}),
        })),
  },
  {
    type: "fact",
    id: "on-backup",
    title: "Runs on backup servers",
    severity: "warning",
    help: "No active server is left; the backup servers carry everything.",
    find: (detail) =>
      detail.backends
        .filter((backend) => backend.activeUsable === 0 && backend.backupUsable > 0)
        .map((backend) => ({
          subject: backend.name,
          message: `${backend.name}: no active server left, runs on ${backend.backupUsable} backup`,
          value: 0,
        })),
  },
  {
    type: "threshold",
    id: "queue",
    title: "Requests waiting",
    unit: "count",
    raise: "above",
    warning: 10,
    critical: 100,
    help: "Requests that wait because every server is at its `maxconn`, for any server or for a certain one. They time out as 503.",
    read: (detail) =>
      detail.backends.map((backend) => ({
        subject: backend.name,
        value: backend.queue,
        say: (number) => `${backend.name}: ${number} requests waiting for a server`,
      })),
  },
  {
    type: "threshold",
    id: "errors-5xx",
    title: "Share of 5xx answers",
    unit: "percent",
    raise: "above",
    warning: 5,
    critical: 25,
    help: "Of the answers since the poll before, or of up to the last 15 s when those are fewer than 20. Includes the 502, 503 and 504 that HAProxy answers itself. Not judged under 5 answers.",
    read: (detail) =>
      detail.backends.map((backend) => ({
        subject: backend.name,
        value: backend.errors5xxPercent,
        say: (share) => `${backend.name}: ${share} of ${backend.errors5xxOf?.responses ?? 0} answers are 5xx`,
      })),
  },
  {
    type: "threshold",
    id: "response-time",
    title: "Response time",
    unit: "ms",
    raise: "above",
    warning: 1_000,
    critical: 5_000,
    help: "HAProxy's average of the last 1024 requests. Not judged for a server that had no session in the last 15 s, because the average does not fall by itself.",
    read: (detail) =>
      serversOf(detail).map((server) => ({
        node: server.name,
        subject: server.backend,
        value: server.times?.responseMs ?? null,
        say: (time) => `answers after ${time} on average in ${server.backend}`,
      })),
  },
  {
    type: "threshold",
    id: "sessions-limit",
    title: "Sessions against the limit",
    unit: "percent",
    raise: "above",
    warning: 80,
    critical: 95,
    help: "Of a front end's or a process's `maxconn`. At the limit new connections wait unaccepted. A server at its own `maxconn` is normal: its excess shows as `queue`.",
    read: sessionShares,
  },
  {
    type: "threshold",
    id: "retries",
    title: "Retries",
    unit: "per-second",
    raise: "above",
    warning: 1,
    help: "Connections to a server that had to be tried again: it flaps below the sight of its health check.",
    read: (detail) =>
      serversOf(detail).map((server) => ({
        node: server.name,
        subject: server.backend,
        value: server.rates.retriesPerS,
        say: (rate) => `${rate} connection retries in ${server.backend}`,
      })),
  },
  {
    type: "fact",
    id: "process-unreachable",
    title: "Process tells nothing",
    severity: "warning",
    help: "This process of the balancer could not be asked; what the others say is shown. When none answers, the whole service is unknown.",
    find: (detail) =>
      detail.processes.flatMap(({ name, failure }) =>
        failure === null ? [] : [{ node: name, message: `tells nothing: ${failure.what}` }],
      ),
  },
  {
    type: "fact",
    id: "processes-disagree",
    title: "Balancers disagree on a server",
    severity: "warning",
    help: "One process sends traffic to this server and another does not: a network fault between, or an action that reached only one of them.",
    find: (detail) =>
      serversOf(detail)
        .filter((server) => server.disagree)
        .map((server) => aboutServer(server, "balancers disagree", `: ${server.on.map(seenWords).join(", ")}`)),
  },
  {
    type: "fact",
    id: "restarted",
    title: "HAProxy was reloaded",
    severity: "info",
    help: "Told for ten minutes. A reload sets all counters to zero and forgets drain, maintenance and weights that were set at run time; if a drain or maintenance was lost that way, it is a warning.",
    find: (detail) =>
      detail.processes.flatMap(({ name, restart }): Fact[] => {
        if (restart === null) return [];
        if (restart.lost.length === 0) return [{ node: name, message: "was reloaded or restarted" }];
        const message = `was reloaded and forgot what was set at run time: ${restart.lost.join(", ")}`;
        return [{ node: name, message, severity: "warning" }];
      }),
  },
];

function serversOf(detail: HaproxyDetail): HaproxyServer[] {
  return detail.backends.flatMap((backend) => backend.servers);
}

function unplanned(detail: HaproxyDetail): HaproxyServer[] {
  return serversOf(detail).filter((server) => !server.planned);
}

/** `web-02: down in learn for 12 s, L4CON: Connection refused`. */
function aboutServer(server: HaproxyServer, what: string, more = ""): Fact {
  return { node: server.name, subject: server.backend, message: `${what} in ${server.backend}${more}` };
}

function seenWords(seen: HaproxyServer["on"][number]): string {
  const admin = seen.admin !== "ready" && seen.admin !== "unknown" ? ` (${seen.admin})` : "";
  return `${seen.process} says ${seen.status}${seen.status.toLowerCase().startsWith(seen.admin) ? "" : admin}`;
}

function ready(server: HaproxyServer): SuggestedAction {
  return { id: "server-ready", params: { server: `${server.backend}/${server.name}` } };
}

function readyOf(backend: HaproxyBackend): { readonly action?: SuggestedAction } {
  const drained = backend.servers.find((server) => server.planned && server.check?.passed === true);
  return drained === undefined ? {} : { action: ready(drained) };
}

function capacityOf(backend: HaproxyBackend): Reading[] {
  const active = backend.servers.filter((server) => !server.backup && !server.standby);
  const missing = active.filter((server) => !server.inRotation);
  // With none left, `backend-down` or `on-backup` tells it.
  if (active.length === missing.length) return [];
  const planned = missing.filter((server) => server.planned).length;
  const words =
    planned === 0
      ? ""
      : `, ${planned} of them out on purpose`.replace("of them ", missing.length > planned ? "of the missing " : "");
  return [
    {
      subject: backend.name,
      value: ((active.length - missing.length) / active.length) * 100,
      say: (share) =>
        `${backend.name}: ${active.length - missing.length} of ${active.length} servers in rotation, ${share}${words}`,
      ...(missing.every((server) => server.planned) ? { atMost: "warning" as const } : {}),
    },
  ];
}

function downWords(server: HaproxyServer): string {
  switch (server.state) {
    case "agent-down":
      return "down by its agent";
    case "coming-up":
      return `still down, coming up (${server.status})`;
    default:
      return "down";
  }
}

function sinceWords(server: HaproxyServer): string {
  return server.lastChangeS === null ? "" : ` for ${formatDuration(server.lastChangeS * 1_000)}`;
}

function reasonOf(server: HaproxyServer): string {
  const told = server.state === "agent-down" ? server.agent : server.check;
  return told === null ? "" : `, ${told.reason}`;
}

function plannedWords(server: HaproxyServer): string {
  switch (server.admin) {
    case "drain":
      return "drained";
    case "maint":
      return "in maintenance";
    case "ready":
    case "unknown":
      return takesSessions(server.state) ? "at weight 0" : `out by plan (${server.status})`;
    default:
      return server.admin satisfies never;
  }
}

function plannedMore(server: HaproxyServer): string {
  const sessions =
    server.sessions === null ? "" : `, ${server.sessions} ${server.sessions === 1 ? "session" : "sessions"} left`;
  return `${sessions}${server.check?.passed === false ? `, its check fails: ${server.check.reason}` : ""}`;
}

function onProcesses(detail: HaproxyDetail, names: readonly string[]): string {
  const answering = detail.processes.filter((process) => process.failure === null);
  return answering.length === names.length ? "" : ` on ${names.join(", ")}`;
}

function sessionShares(detail: HaproxyDetail): Reading[] {
  const share = (sessions: number | null, limit: number | null) =>
    sessions === null || limit === null || limit === 0 ? null : (sessions / limit) * 100;
  return [
    ...detail.processes.map((process) => ({
      node: process.name,
      value: share(process.sessions, process.sessionsLimit),
      say: (percent: string) => `${process.sessions} of ${process.sessionsLimit} connections, ${percent}`,
    })),
    ...detail.frontends.map((frontend) => ({
      subject: frontend.name,
      value: share(frontend.sessions, frontend.sessionsLimit),
      say: (percent: string) =>
        `${frontend.name}: ${frontend.sessions} of ${frontend.sessionsLimit} sessions, ${percent}`,
    })),
  ];
}
