import { formatDuration } from "#lib/core/duration.ts";
import { formatCount, formatValue } from "#lib/core/unit.ts";
import type {
  HaproxyBackend,
  HaproxyDetail,
  HaproxyFrontend,
  HaproxyProcess,
  HaproxyServer,
  ServerState,
} from "#lib/integrations/haproxy/detail.ts";

type ServerMark = "ok" | "info" | "unknown" | "warning" | "critical" | "maintenance";

/**
 * The mark of a server. Out on purpose is maintenance, even when its check fails as well; one that is up and yet takes no
 * sessions (weight 0, often set by its agent) is neither well nor in trouble.
 */
export function markOf(server: Pick<HaproxyServer, "state" | "planned" | "backup" | "inRotation">): ServerMark {
  if (server.planned) return "maintenance";
  return isIdle(server) ? "info" : marks[server.state];
}

function isIdle(server: Pick<HaproxyServer, "state" | "planned" | "backup" | "inRotation">): boolean {
  return server.state === "up" && !server.planned && !server.backup && !server.inRotation;
}

const marks: Readonly<Record<ServerState, ServerMark>> = {
  up: "ok",
  "going-down": "warning",
  "coming-up": "critical",
  down: "critical",
  "agent-down": "critical",
  stopping: "maintenance",
  drain: "maintenance",
  maint: "maintenance",
  "dns-maint": "critical",
  "no-check": "unknown",
  unknown: "unknown",
};

const words: Readonly<Record<ServerState, string>> = {
  up: "up",
  "going-down": "up, checks are failing",
  "coming-up": "still down, checks pass again",
  down: "down",
  "agent-down": "down by its agent",
  stopping: "persistent sessions only",
  drain: "draining, no new sessions",
  maint: "in maintenance",
  "dns-maint": "out, its name does not resolve",
  "no-check": "not checked",
  unknown: "unknown",
};

/** A server in words: its state, why it takes no sessions, whether it is a backup. */
export function stateWords(server: HaproxyServer): string {
  const state = server.planned && server.state === "down" ? `${plannedWord(server)}, and down` : words[server.state];
  const weightless = server.weight === 0 && server.state === "up" ? `${state}, weight 0: no new sessions` : state;
  return server.backup ? `${weightless} (backup)` : weightless;
}

function plannedWord(server: HaproxyServer): string {
  return server.admin === "maint" ? "in maintenance" : "draining";
}

/** A process in one line; or why it tells nothing. */
export function processWords(process: HaproxyProcess): string {
  if (process.failure !== null) return `tells nothing: ${process.failure.what}`;
  const limit = process.sessionsLimit === null ? "" : ` of ${formatCount(process.sessionsLimit)}`;
  return [
    process.version === null ? null : `HAProxy ${process.version}`,
    process.uptimeS === null ? null : `up ${formatDuration(process.uptimeS * 1_000)}`,
    process.sessions === null ? null : `${formatCount(process.sessions)}${limit} connections`,
  ]
    .filter((part) => part !== null)
    .join(" · ");
}

/** A front end in one line, without what was not measured. */
export function frontendWords(frontend: HaproxyFrontend): string {
  const rate = frontend.rates.requestsPerS ?? frontend.rates.sessionsPerS;
  const limit = frontend.sessionsLimit === null ? "" : ` of ${formatCount(frontend.sessionsLimit)}`;
  return [
    `${frontend.name} ${frontend.status === "OPEN" ? "open" : frontend.status}`,
    rate === null ? null : formatValue(rate, "per-second"),
    frontend.sessions === null ? null : `${formatCount(frontend.sessions)}${limit} sessions`,
  ]
    .filter((part) => part !== null)
    .join(", ");
}

/** Requests per second without the unit, which stands in the head of the column. */
export function rateText(backend: HaproxyBackend): string {
  const rate = backend.rates.requestsPerS ?? backend.rates.sessionsPerS;
  return formatValue(rate, "per-second").replace(" /s", "");
}

/** `2 of 8 in rotation`; backups count once they are needed. */
export function rotationWords(backend: HaproxyBackend): string {
  const active = backend.servers.filter((server) => !server.backup || server.inRotation);
  return `${active.filter((server) => server.inRotation).length} of ${active.length} in rotation`;
}

/** How many servers take traffic, how many stand by as backups, and how many are out because someone wants it so. */
export function rotationSentence(detail: HaproxyDetail): string {
  const servers = detail.backends.flatMap((backend) => backend.servers);
  const active = servers.filter((server) => !server.backup || server.inRotation || server.planned);
  const standby = servers.length - active.length;
  const idle = servers.filter(isIdle).length;
  const planned = active.filter((server) => server.planned).length;
  return [
    `${active.filter((server) => server.inRotation).length} of ${active.length} servers in rotation`,
    planned === 0 ? null : `${planned} out on purpose`,
    idle === 0 ? null : `${idle} with weight 0`,
    standby === 0 ? null : `${standby} ${standby === 1 ? "backup" : "backups"}`,
  ]
    .filter((part) => part !== null)
    .join(", ");
}
