import { formatDuration } from "#lib/core/duration.ts";
import type { Fact, Rule } from "#lib/core/rule.ts";
import type { HaproxyDetail, HaproxyServer } from "#lib/integrations/haproxy/detail.ts";
import { isSetOut, takesSessions } from "#lib/integrations/haproxy/status.ts";
import { ready } from "#lib/integrations/haproxy/suggest.ts";

/** What is trouble of a single server. */
export const serverRules: readonly Rule<HaproxyDetail>[] = [
  {
    type: "fact",
    id: "server-down",
    title: "Server is down",
    severity: "warning",
    help: "HAProxy's check of this server fails, so it gets no traffic. One of many is a warning; `capacity` and `backend-down` tell when too many are gone.",
    find: (detail) =>
      unplanned(detail)
        .filter((server) => server.state === "down" || server.state === "agent-down" || server.state === "coming-up")
        .map((server) => ({
          ...aboutServer(server, downWords(server), `${sinceWords(server)}${reasonOf(server)}`),
          clause: `has ${server.name} down in ${server.backend}`,
        })),
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
        .map((server) => ({
          ...aboutServer(server, `about to go down (${server.status})`, reasonOf(server)),
          clause: `has ${server.name} failing its check in ${server.backend}`,
        })),
  },
  {
    type: "fact",
    id: "server-name-lost",
    title: "Server's name does not resolve",
    severity: "critical",
    selfMade: true,
    help: "`MAINT (resolution)`: HAProxy took it out because its DNS name stopped resolving. Nobody planned it.",
    find: (detail) =>
      serversOf(detail)
        .filter((server) => server.state === "dns-maint")
        .map((server) => ({
          ...aboutServer(server, "out of service", ", its DNS name does not resolve"),
          clause: `has ${server.name} out of service in ${server.backend} because its name does not resolve`,
        })),
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
    id: "processes-disagree",
    title: "Balancers disagree on a server",
    severity: "warning",
    contained: true,
    help: "One process sends traffic to this server and another does not: a network fault between, or an action that reached only one of them.",
    find: (detail) =>
      serversOf(detail)
        .filter((server) => server.disagree)
        .map((server) => ({
          ...aboutServer(server, "balancers disagree", `: ${server.on.map(seenWords).join(", ")}`),
          clause: `has balancers that disagree on ${server.name} in ${server.backend}`,
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
    help: "From HAProxy's sliding average over some hundred requests. While that falls, what the newest answers took is worked out from how fast it falls, so that an outage that ended is not told for minutes. Not judged for a server that had no session in the last 15 s.",
    read: (detail) =>
      serversOf(detail).map((server) => ({
        node: server.name,
        subject: server.backend,
        value: server.times?.latelyMs ?? null,
        say: (time) => `answers after ${time} in ${server.backend}`,
        clause: (time) => `waits ${time} for ${server.name} in ${server.backend}`,
      })),
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
        clause: (rate) => `retries ${rate} connections to ${server.name} in ${server.backend}`,
      })),
  },
];

function serversOf(detail: HaproxyDetail): HaproxyServer[] {
  return detail.backends.flatMap((backend) => backend.servers);
}

function unplanned(detail: HaproxyDetail): HaproxyServer[] {
  return serversOf(detail).filter((server) => !server.planned);
}

function aboutServer(server: HaproxyServer, what: string, more = ""): Fact {
  return { node: server.name, subject: server.backend, message: `${what} in ${server.backend}${more}` };
}

function seenWords(seen: HaproxyServer["on"][number]): string {
  const admin = seen.admin !== "ready" && seen.admin !== "unknown" ? ` (${seen.admin})` : "";
  return `${seen.process} says ${seen.status}${seen.status.toLowerCase().startsWith(seen.admin) ? "" : admin}`;
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
