import { formatDuration } from "#lib/core/duration.ts";
import type { AdminState, HaproxyCheck, HaproxyServer, ServerState } from "#lib/integrations/haproxy/detail.ts";
import { numberOf, type StatRow, textOf } from "#lib/integrations/haproxy/parse.ts";

/** Bits of `srv_admin_state` (HAProxy management guide, "show servers state"). */
export const adminBit = {
  forcedMaint: 0x01,
  inheritedMaint: 0x02,
  configMaint: 0x04,
  forcedDrain: 0x08,
  inheritedDrain: 0x10,
  dnsMaint: 0x20,
} as const;

/** HAProxy's status word in ours. A word of a later version stays `unknown`, which is neither up nor down. */
export function stateOf(status: string, adminBits: number | null): ServerState {
  if (status.startsWith("MAINT")) {
    const planned = adminBits !== null && (adminBits & maintBits) !== 0;
    return status === "MAINT (resolution)" && !planned ? "dns-maint" : "maint";
  }
  if (status.startsWith("DRAIN")) return "drain";
  if (status.startsWith("NOLB")) return "stopping";
  if (status === "no check") return adminBits !== null && (adminBits & drainBits) !== 0 ? "drain" : "no-check";
  if (status === "DOWN (agent)") return "agent-down";
  if (/^DOWN \d+\/\d+$/.test(status)) return "coming-up";
  if (status === "DOWN") return "down";
  if (/^UP \d+\/\d+$/.test(status)) return "going-down";
  return status === "UP" ? "up" : "unknown";
}

/** Without `configMaint`: it only remembers that the configuration said `disabled`, and stays set once the server is ready. */
const maintBits = adminBit.forcedMaint | adminBit.inheritedMaint;
const drainBits = adminBit.forcedDrain | adminBit.inheritedDrain;

/** What is wanted of a server. A draining server whose check fails says just `DOWN`, so only the bits are sure. */
export function adminOf(state: ServerState, adminBits: number | null): AdminState {
  if (adminBits !== null) {
    if ((adminBits & maintBits) !== 0) return "maint";
    return (adminBits & drainBits) !== 0 ? "drain" : "ready";
  }
  switch (state) {
    case "maint":
      return "maint";
    case "drain":
      return "drain";
    case "up":
    case "going-down":
    case "stopping":
    case "dns-maint":
    case "no-check":
      return "ready";
    case "coming-up":
    case "down":
    case "agent-down":
    case "unknown":
      return "unknown";
    default:
      return state satisfies never;
  }
}

/** Whether it is out by its own state, which `ready` ends; one that follows another server comes back with that one. */
export function isSetOut(server: HaproxyServer): boolean {
  const forced = adminBit.forcedMaint | adminBit.forcedDrain;
  return server.on.some((seen) =>
    seen.adminBits === null ? seen.admin === "drain" || seen.admin === "maint" : (seen.adminBits & forced) !== 0,
  );
}

/** Whether new sessions go there as far as its state decides. */
export function takesSessions(state: ServerState): boolean {
  return state === "up" || state === "going-down" || state === "no-check";
}

/**
 * The last finished check of a row. While the next check runs, HAProxy marks the status with `* `, sets the code to 0 and
 * blanks what the server said: these are taken from `previous` when the status is still the same.
 */
export function checkOf(
  row: StatRow,
  previous: HaproxyCheck | null,
  healthPath: string | undefined,
): HaproxyCheck | null {
  const word = textOf(row, "check_status");
  if (word === null) return null;
  const running = word.startsWith("* ");
  const status = running ? word.slice(2) : word;
  const kept = running && previous?.status === status ? previous : null;
  const code = running ? (kept?.code ?? null) : numberOf(row, "check_code");
  const said = running ? (kept?.said ?? null) : textOf(row, "last_chk");
  const durationMs = numberOf(row, "check_duration");
  const words = { status, code, said, durationMs };
  return {
    ...words,
    passed: passed(status),
    running,
    reason: `${status}: ${reasonOf(words, healthPath ?? "the check", textOf(row, "check_desc"))}`,
    rise: numberOf(row, "check_rise"),
    fall: numberOf(row, "check_fall"),
  };
}

/** What the server's agent last said. `CHECKED` is a word without the meaning up or down. */
export function agentOf(row: StatRow): HaproxyCheck | null {
  const word = textOf(row, "agent_status");
  if (word === null) return null;
  const status = word.replace(/^\* /, "");
  const said = textOf(row, "last_agt");
  return {
    status,
    passed: status === "CHECKED" ? null : passed(status),
    code: null,
    durationMs: numberOf(row, "agent_duration"),
    running: word.startsWith("* "),
    said,
    reason: `agent: ${said ?? textOf(row, "agent_desc") ?? status}`,
    rise: numberOf(row, "agent_rise"),
    fall: numberOf(row, "agent_fall"),
  };
}

function passed(status: string): boolean | null {
  if (/^(L4OK|L6OK|L7OK|L7OKC|PROCOK)$/.test(status)) return true;
  return /^(L4CON|L4TOUT|L6TOUT|L6RSP|L7STS|L7TOUT|L7RSP|SOCKERR|HANA|PROCERR|PROCTOUT)$/.test(status) ? false : null;
}

interface CheckWords {
  readonly status: string;
  readonly code: number | null;
  readonly said: string | null;
  readonly durationMs: number | null;
}

function reasonOf({ status, code, said, durationMs }: CheckWords, asked: string, desc: string | null): string {
  const within = durationMs === null ? "in time" : `within ${formatDuration(durationMs)}`;
  const aside = said === null ? "" : ` (${said})`;
  switch (status) {
    case "L4CON":
      return said ?? "no connection";
    case "L4TOUT":
      return `no connection ${within}`;
    case "L6TOUT":
      return `no TLS handshake ${within}`;
    case "L6RSP":
      return `TLS handshake failed${aside}`;
    case "L7TOUT":
      return asked === "the check" ? `no answer to the check ${within}` : `no answer from ${asked} ${within}`;
    case "L7STS":
      return `${asked} answered ${code ?? "an unexpected status"}${aside}`;
    case "L7RSP":
      return `${asked} answered something unexpected${aside}`;
    case "SOCKERR":
      return `HAProxy itself could not open a socket${aside}`;
    case "PROCTOUT":
      return `the check program did not end ${within}`;
    case "PROCERR":
      return `the check program failed${aside}`;
    case "HANA":
      return `too many errors in the traffic${aside}`;
    case "L4OK":
    case "L6OK":
    case "L7OK":
    case "PROCOK":
      return durationMs === null ? "passed" : `passed in ${formatDuration(durationMs)}`;
    case "L7OKC":
      return `${asked} answered ${code ?? "404"}, it takes no new sessions`;
    default:
      return said ?? desc ?? "no more is told";
  }
}
