import type { BlockingChain, SessionsView, SessionView } from "#lib/integrations/postgres/detail.ts";
import { integers, number, type Row, text } from "#lib/integrations/postgres/row.ts";

export const maxQueryChars = 200;
const maxChains = 10;
const maxBlockedPerChain = 20;
const maxOldest = 12;

interface Session extends SessionView {
  readonly clientBackend: boolean;
  readonly blockedBy: readonly number[];
}

/** Rows of pg_stat_activity → the few sessions worth a name. Pure; tolerates cycles, strangers and rows without a pid. */
export function parseSessions(rows: readonly Row[]): SessionsView {
  const sessions = rows.flatMap(parseSession);
  const clients = sessions.filter((each) => each.clientBackend);
  const idle = clients.filter((each) => each.state?.startsWith("idle in transaction"));
  const active = clients.filter((each) => each.state === "active");
  const chains = blockingChains(sessions);
  return {
    longestQuery: oldest(active, (each) => each.queryAgeS),
    longestTransaction: oldest(clients, (each) => each.transactionAgeS),
    longestIdleInTransaction: oldest(idle, (each) => each.stateAgeS),
    chains: chains.slice(0, maxChains),
    blockedCount: sessions.filter((each) => each.blockedBy.length > 0).length,
    oldest: clients.slice(0, maxOldest).map(viewOf),
  };
}

function parseSession(row: Row): Session[] {
  const pid = number(row.pid);
  if (pid === null) return [];
  const waits = [text(row.wait_event_type, 40), text(row.wait_event, 40)].filter(Boolean);
  const state = text(row.state, 40);
  return [
    {
      pid,
      user: text(row.usename, 120),
      application: text(row.application_name, 120) || null,
      database: text(row.datname, 120),
      client: text(row.client_addr, 60)?.replace(/\/(32|128)$/, "") ?? null,
      state,
      wait: waits.length === 0 ? null : waits.join("/"),
      queryAgeS: state === "active" ? number(row.query_age_s) : null,
      transactionAgeS: number(row.xact_age_s),
      stateAgeS: number(row.state_age_s),
      queryText: text(row.query, maxQueryChars),
      identity: row.backend_type === "client backend" ? identityOf(row) : null,
      clientBackend: row.backend_type === "client backend",
      blockedBy: [...new Set(integers(row.blocked_by))].filter((blocker) => blocker !== pid),
    },
  ];
}

/** Pid and three times in microseconds: of the backend, its transaction and its statement. Rights decide whether they are seen. */
function identityOf(row: Row): string | null {
  const times = [row.backend_us, row.xact_us, row.query_us].map((value) => text(value, 20));
  return times.every((time) => time !== null && /^\d+$/.test(time)) ? [number(row.pid), ...times].join(".") : null;
}

/** Chains are real: a waits for b, b for an idle batch job. What must be ended is the end of the chain, not its first link. */
function blockingChains(sessions: readonly Session[]): BlockingChain[] {
  const byPid = new Map(sessions.map((session) => [session.pid, session]));
  const victims = new Map<number, Session[]>();
  for (const session of sessions) {
    for (const blocker of session.blockedBy) victims.set(blocker, [...(victims.get(blocker) ?? []), session]);
  }
  return rootsOf(victims, byPid)
    .map((root) => chainOf(root, byPid, victims))
    .sort((a, b) => b.blockedCount - a.blockedCount || (b.longestWaitS ?? 0) - (a.longestWaitS ?? 0));
}

/** Blockers that wait for nobody; and for each circle that no such blocker reaches, its lowest pid. */
function rootsOf(victims: ReadonlyMap<number, readonly Session[]>, byPid: ReadonlyMap<number, Session>): number[] {
  const roots = [...victims.keys()].filter((pid) => (byPid.get(pid)?.blockedBy.length ?? 0) === 0);
  const reached = new Set(roots.flatMap((root) => [...reachable(root, victims).keys()]));
  for (const pid of [...victims.keys()].sort((a, b) => a - b)) {
    if (reached.has(pid) || roots.includes(pid)) continue;
    roots.push(pid);
    for (const each of reachable(pid, victims).keys()) reached.add(each);
  }
  return roots;
}

/** Pids that wait for `root`, directly or not, with how many links away they are. */
function reachable(root: number, victims: ReadonlyMap<number, readonly Session[]>): Map<number, number> {
  const depths = new Map<number, number>();
  let frontier = [root];
  for (let depth = 1; frontier.length > 0; depth += 1) {
    const next = frontier.flatMap((pid) => victims.get(pid) ?? []).map((session) => session.pid);
    frontier = [...new Set(next)].filter((pid) => pid !== root && !depths.has(pid));
    for (const pid of frontier) depths.set(pid, depth);
  }
  return depths;
}

function chainOf(
  root: number,
  byPid: ReadonlyMap<number, Session>,
  victims: ReadonlyMap<number, readonly Session[]>,
): BlockingChain {
  const blocked = [...reachable(root, victims)]
    .flatMap(([pid, depth]) => {
      const session = byPid.get(pid);
      return session === undefined ? [] : [{ ...viewOf(session), blockedBy: session.blockedBy, depth }];
    })
    .sort((a, b) => (b.queryAgeS ?? 0) - (a.queryAgeS ?? 0));
  const holder = byPid.get(root);
  return {
    root: holder === undefined ? stranger(root) : viewOf(holder),
    blocked: blocked.slice(0, maxBlockedPerChain),
    blockedCount: blocked.length,
    longestWaitS: blocked[0]?.queryAgeS ?? null,
  };
}

function viewOf({ clientBackend: _type, blockedBy: _blockers, ...view }: Session): SessionView {
  return view;
}

/** A blocker that is no session of the list. pg_blocking_pids() names a prepared transaction as 0. */
function stranger(pid: number): SessionView {
  return {
    pid,
    user: null,
    application: pid === 0 ? "a prepared transaction" : null,
    database: null,
    client: null,
    state: null,
    wait: null,
    queryAgeS: null,
    transactionAgeS: null,
    stateAgeS: null,
    queryText: null,
    identity: null,
  };
}

function oldest(sessions: readonly Session[], age: (session: Session) => number | null): SessionView | null {
  let found: Session | null = null;
  for (const session of sessions) {
    if (age(session) !== null && (found === null || (age(session) ?? 0) > (age(found) ?? 0))) found = session;
  }
  return found === null ? null : viewOf(found);
}
