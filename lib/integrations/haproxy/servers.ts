import type { HaproxyConfig } from "#lib/integrations/haproxy/config.ts";
import type {
  AdminState,
  HaproxyServer,
  HaproxyServerOnProcess,
  HaproxyTimes,
  ServerState,
} from "#lib/integrations/haproxy/detail.ts";
import { numberOf, type StatRow, textOf } from "#lib/integrations/haproxy/parse.ts";
import { intervalOf, ratesOf, recentOf, risesOf, type Seen, share5xx, sum } from "#lib/integrations/haproxy/rates.ts";
import { adminOf, agentOf, checkOf, stateOf, takesSessions } from "#lib/integrations/haproxy/status.ts";

/** One server as all processes see it together: the worst state, sums of sessions, and each process's own view. */
export function mergeServer(
  backend: string,
  name: string,
  seen: readonly Seen[],
  old: HaproxyServer | undefined,
  config: HaproxyConfig,
  at: number,
): HaproxyServer {
  const found = seen.flatMap((each) => {
    const isIt = (row: StatRow) => row.kind === "server" && row.proxy === backend && row.name === name;
    const row = each.reading.rows.find(isIt);
    return row === undefined ? [] : [{ seen: each, row }];
  });
  const on = found.map(({ seen: each, row }) => onProcess(each, row, old, config.healthPath));
  const worst = on.reduce((a, b) => (rank[b.state] > rank[a.state] ? b : a));
  const rises = risesOf(found, at);
  const rows = found.map(({ row }) => row);
  const last = rows.map((row) => numberOf(row, "lastsess")).filter((age) => age !== null);
  const rotating = on.filter(isInRotation);
  const agents = rows.map(agentOf).filter((agent) => agent !== null);
  const standby = agents.length > 0 && on.every((each) => isAtZero(each) && each.admin !== "drain");
  return {
    name,
    backend,
    address: addressOf(found, `${backend}/${name}`),
    state: worst.state,
    status: worst.status,
    admin: adminTogether(on.map((each) => each.admin)),
    planned: !standby && on.some(isPlannedOut) && on.every((each) => isPlannedOut(each) || isInRotation(each)),
    standby,
    inRotation: rotating.length === on.length,
    disagree: rotating.length > 0 && rotating.length < on.length,
    backup: rows.some((row) => numberOf(row, "bck") === 1),
    weight: worst.weight,
    lastChangeS: worst.lastChangeS,
    check: worst.check,
    agent: agents.find((agent) => agent.passed === false) ?? agents[0] ?? null,
    sessions: sum(rows.map((row) => numberOf(row, "scur"))),
    sessionsLimit: limitTogether(rows),
    queue: sum(rows.map((row) => numberOf(row, "qcur"))),
    rates: ratesOf(rises),
    errors5xxPercent: share5xx(recentOf([], intervalOf(rises, at)))?.percent ?? null,
    times: timesOf(rows, old?.times ?? null),
    lastSessionS: last.length === 0 ? null : Math.min(...last),
    on,
  };
}

/** How loud a state is when processes differ. */
const rank: Record<ServerState, number> = {
  up: 0,
  "no-check": 1,
  stopping: 2,
  drain: 3,
  maint: 4,
  "going-down": 5,
  unknown: 6,
  "coming-up": 7,
  "agent-down": 8,
  down: 9,
  "dns-maint": 10,
};

function onProcess(
  { process, reading }: Seen,
  row: StatRow,
  old: HaproxyServer | undefined,
  healthPath: string | undefined,
): HaproxyServerOnProcess {
  const status = textOf(row, "status") ?? "unknown";
  const told = reading.states?.get(`${row.proxy}/${row.name}`);
  const adminBits = told?.adminBits ?? null;
  const state = stateOf(status, adminBits);
  const before = old?.on.find((each) => each.process === process)?.check ?? null;
  return {
    process,
    state,
    status,
    admin: adminOf(state, adminBits),
    adminBits,
    ...(told?.checkStopped ? { checkStopped: true as const } : {}),
    weight: numberOf(row, "weight"),
    sessions: numberOf(row, "scur"),
    queue: numberOf(row, "qcur"),
    lastChangeS: numberOf(row, "lastchg"),
    check: checkOf(row, before, healthPath),
    checksFailed: numberOf(row, "chkfail"),
  };
}

/** Whether new sessions go there: it is up, and neither drained nor at weight 0. */
function isInRotation(server: HaproxyServerOnProcess): boolean {
  return takesSessions(server.state) && server.weight !== 0 && server.admin !== "drain" && server.admin !== "maint";
}

/** Whether someone wants it out. A drained server whose check fails is that as well, though its status says `DOWN`. */
function isPlannedOut(server: HaproxyServerOnProcess): boolean {
  if (server.admin === "drain" || server.admin === "maint") return true;
  if (server.state === "drain" || server.state === "maint" || server.state === "stopping") return true;
  return isAtZero(server);
}

function isAtZero(server: HaproxyServerOnProcess): boolean {
  return takesSessions(server.state) && server.weight === 0;
}

function adminTogether(states: readonly AdminState[]): AdminState {
  const loudest: readonly AdminState[] = ["maint", "drain", "unknown", "ready"];
  return loudest.find((state) => states.includes(state)) ?? "unknown";
}

function limitTogether(rows: readonly StatRow[]): number | null {
  const limits = rows.map((row) => numberOf(row, "slim"));
  return limits.some((limit) => limit === null) ? null : sum(limits);
}

/** An average older than this says nothing of now: HAProxy's averages do not fall when traffic stops. */
const freshSessionS = 15;

/** The averages of the rows that had a session lately, the slowest of several; `null` when none had. */
export function timesOf(rows: readonly StatRow[], before: HaproxyTimes | null): HaproxyTimes | null {
  const fresh = rows.filter((row) => {
    const age = numberOf(row, "lastsess");
    return age !== null && age <= freshSessionS;
  });
  if (fresh.length === 0) return null;
  const slowest = (field: string) => {
    const times = fresh.map((row) => numberOf(row, field)).filter((time) => time !== null);
    return times.length === 0 ? null : Math.max(...times);
  };
  const responseMs = slowest("rtime");
  return {
    queueMs: slowest("qtime"),
    connectMs: slowest("ctime"),
    responseMs,
    totalMs: slowest("ttime"),
    ...latelyOf(responseMs, sum(fresh.map((row) => numberOf(row, "req_tot") ?? numberOf(row, "stot"))), before),
  };
}

/** Requests that HAProxy's sliding averages span once so many were seen (`TIME_STATS_SAMPLES` in its source). */
const averagedRequests = 512;

/**
 * What the answers since the poll before took, from how far they pulled the average: with k of n requests new, it moves by
 * k/n of the distance. Only a falling average is corrected: a rising one is trouble already seen.
 */
function latelyOf(
  responseMs: number | null,
  requests: number | null,
  before: HaproxyTimes | null,
): Pick<HaproxyTimes, "latelyMs" | "requests"> {
  if (responseMs === null || requests === null || before?.responseMs == null || before.requests === null) {
    return { latelyMs: responseMs, requests };
  }
  const fresh = requests - before.requests;
  if (fresh === 0 && responseMs === before.responseMs) return { latelyMs: before.latelyMs, requests };
  if (fresh <= 0 || responseMs > before.responseMs) return { latelyMs: responseMs, requests };
  // Whole milliseconds hide small falls, so an average that rests keeps what was last known of it.
  if (responseMs === before.responseMs) return { latelyMs: before.latelyMs, requests };
  const pull = (before.responseMs - responseMs) * (Math.min(averagedRequests, requests) / fresh);
  return { latelyMs: Math.max(0, Math.round(responseMs - pull)), requests };
}

function addressOf(found: readonly { seen: Seen; row: StatRow }[], key: string): string | null {
  for (const { seen, row } of found) {
    const address = textOf(row, "addr") ?? seen.reading.states?.get(key)?.address ?? null;
    if (address !== null) return address;
  }
  return null;
}
