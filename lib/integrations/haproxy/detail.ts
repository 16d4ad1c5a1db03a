import type { Failure } from "#lib/core/failure.ts";

/** What one poll of a `haproxy` service saw: all its processes, merged by name. */
export interface HaproxyDetail {
  /** In the order of the configuration. */
  readonly processes: readonly HaproxyProcess[];
  readonly frontends: readonly HaproxyFrontend[];
  /** In the order HAProxy lists them. Backends without servers (a `listen` for the stats page) are left out. */
  readonly backends: readonly HaproxyBackend[];
}

/** One HAProxy process, or what was in the way of asking it. */
export interface HaproxyProcess {
  readonly name: string;
  readonly via: "socket" | "stats";
  /** Why this process told nothing; everything below is `null` then. */
  readonly failure: Failure | null;
  readonly version: string | null;
  readonly pid: number | null;
  readonly uptimeS: number | null;
  /** Epoch milliseconds; a new value means a reload or restart. Not known from the stats page. */
  readonly startedAt: number | null;
  /** What the socket may do. */
  readonly level: "user" | "operator" | "admin" | null;
  readonly sessions: number | null;
  readonly sessionsLimit: number | null;
  readonly idlePercent: number | null;
  /** A reload or restart seen by Pitwall within the last ten minutes; `null` otherwise. */
  readonly restart: HaproxyRestart | null;
  /** What the next poll needs to turn counters into rates; kept while the process does not answer. */
  readonly baseline: HaproxyBaseline | null;
}

/** The counters of the last poll that brought an answer. */
export interface HaproxyBaseline {
  /** Epoch milliseconds of that poll. */
  readonly at: number;
  readonly pid: number | null;
  readonly startedAt: number | null;
  readonly uptimeS: number | null;
  /** Keys are `backend/server`, `backend/BACKEND`, `frontend/FRONTEND`. */
  readonly counters: Readonly<Record<string, HaproxyCounters>>;
  /** What was set at run time, and so is lost by a reload: `learn/web-02` to `drain`, `front` to `maintenance page`. */
  readonly setAtRunTime: Readonly<Record<string, string>>;
}

export interface HaproxyRestart {
  /** When Pitwall saw it, epoch milliseconds. */
  readonly seenAt: number;
  /** What was set at run time and is gone since: `learn/web-02 (drain)`. */
  readonly lost: readonly string[];
}

/** Cumulative numbers as HAProxy tells them. `null` where this row has none. */
export interface HaproxyCounters {
  readonly sessions: number | null;
  readonly requests: number | null;
  readonly responses: number | null;
  readonly responses5xx: number | null;
  readonly retries: number | null;
  readonly connectErrors: number | null;
  readonly bytesIn: number | null;
  readonly bytesOut: number | null;
}

/**
 * Counters turned into rates over the time between two polls. All `null` on the first poll and over a reload or restart.
 */
export interface HaproxyRates {
  readonly sessionsPerS: number | null;
  readonly requestsPerS: number | null;
  readonly errors5xxPerS: number | null;
  readonly retriesPerS: number | null;
  readonly connectErrorsPerS: number | null;
  readonly bytesInPerS: number | null;
  readonly bytesOutPerS: number | null;
}

export interface HaproxyFrontend {
  readonly name: string;
  /** As HAProxy says: `OPEN`, `STOP`. */
  readonly status: string;
  readonly mode: string | null;
  /** Processes on which it answers with its maintenance page. */
  readonly pageOn?: readonly string[];
  readonly sessions: number | null;
  readonly sessionsLimit: number | null;
  readonly rates: HaproxyRates;
  /** Share of 5xx answers, HAProxy's own included; `null` without enough answers to judge. */
  readonly errors5xxPercent: number | null;
}

export interface HaproxyBackend {
  readonly name: string;
  readonly mode: string | null;
  /** The worst of what the processes say: `UP`, `DOWN`. */
  readonly status: string;
  /** Processes that have no usable server for it. */
  readonly downOn: readonly string[];
  readonly servers: readonly HaproxyServer[];
  /** Usable servers at the process with the fewest. */
  readonly activeUsable: number;
  readonly backupUsable: number;
  readonly sessions: number | null;
  /** Requests waiting: for any server and for a certain one, over all processes. */
  readonly queue: number | null;
  readonly rates: HaproxyRates;
  /** Share of 5xx answers, HAProxy's own 502, 503 and 504 included; `null` without enough answers to judge. */
  readonly errors5xxPercent: number | null;
  /** Answers the share was made of, and over how long. */
  readonly errors5xxOf: { readonly responses: number; readonly overMs: number } | null;
  /** Past intervals, newest last, kept so that a share is not made of two answers. */
  readonly recent: readonly HaproxyInterval[];
  readonly times: HaproxyTimes | null;
  readonly lastChangeS: number | null;
}

export interface HaproxyInterval {
  readonly at: number;
  readonly ms: number;
  readonly responses: number;
  readonly responses5xx: number;
}

/** Averages of HAProxy over its last 1024 requests, ms. Absent when no request came lately: they do not fall by themselves. */
export interface HaproxyTimes {
  readonly queueMs: number | null;
  readonly connectMs: number | null;
  readonly responseMs: number | null;
  readonly totalMs: number | null;
  /** Estimate of the answers since the poll before, ms: the average with what is over taken out of it. */
  readonly latelyMs: number | null;
  /** Requests so far, for the next estimate. */
  readonly requests: number | null;
}

/**
 * What HAProxy does with a server, in one word. `going-down`: still up, checks are failing. `coming-up`: still down, checks pass.
 * `agent-down`: its check is good, its agent says down. `stopping`: persistent sessions only (`NOLB`).
 */
export const serverStates = [
  "up",
  "going-down",
  "coming-up",
  "down",
  "agent-down",
  "stopping",
  "drain",
  "maint",
  "dns-maint",
  "no-check",
  "unknown",
] as const;
export type ServerState = (typeof serverStates)[number];

/** What people or the configuration want of a server. `unknown` where only the stats page is read and its status hides it. */
export type AdminState = "ready" | "drain" | "maint" | "unknown";

export interface HaproxyServer {
  /** Exactly as in HAProxy's configuration. */
  readonly name: string;
  readonly backend: string;
  readonly address: string | null;
  /** The worst of what the processes see. */
  readonly state: ServerState;
  /** HAProxy's own words behind `state`: `UP 1/3`, `DOWN (agent)`, `MAINT (via be/web-01)`. */
  readonly status: string;
  readonly admin: AdminState;
  /** Out of service because someone wants it so; not trouble. */
  readonly planned: boolean;
  /** Up and well, but its agent gives it weight 0: it stands by, as a replica does behind a pool for writes. */
  readonly standby: boolean;
  /** Takes new sessions on every process that answered; a backup server once it is needed. */
  readonly inRotation: boolean;
  /** Processes disagree whether it is up. */
  readonly disagree: boolean;
  readonly backup: boolean;
  readonly weight: number | null;
  /** In `state` since so many seconds, by the process that said so. */
  readonly lastChangeS: number | null;
  readonly check: HaproxyCheck | null;
  readonly agent: HaproxyCheck | null;
  readonly sessions: number | null;
  /** `maxconn` of the server over all processes; `null` when unlimited. */
  readonly sessionsLimit: number | null;
  readonly queue: number | null;
  readonly rates: HaproxyRates;
  readonly errors5xxPercent: number | null;
  readonly times: HaproxyTimes | null;
  /** Seconds since the last session; `null` when there was none. */
  readonly lastSessionS: number | null;
  readonly on: readonly HaproxyServerOnProcess[];
}

/** One server as one process sees it. */
export interface HaproxyServerOnProcess {
  readonly process: string;
  readonly state: ServerState;
  readonly status: string;
  readonly admin: AdminState;
  /** Raw `srv_admin_state` bits; `null` where only the stats page is read. */
  readonly adminBits: number | null;
  /** Somebody stopped its health check at run time: it is served whatever its health. */
  readonly checkStopped?: true;
  readonly weight: number | null;
  readonly sessions: number | null;
  readonly queue: number | null;
  readonly lastChangeS: number | null;
  readonly check: HaproxyCheck | null;
  /** Failed checks so far; rises before the status changes. */
  readonly checksFailed: number | null;
}

/** The last finished check. While the next one runs, HAProxy blanks parts of it; those are kept from before. */
export interface HaproxyCheck {
  /** `L7OK`, `L4CON`, `L7TOUT` … without the mark of a running check. */
  readonly status: string;
  /** Whether it passed; `null` for a word that says neither. */
  readonly passed: boolean | null;
  /** HTTP status or the like; `null` when there was none. */
  readonly code: number | null;
  readonly durationMs: number | null;
  /** A check is under way right now. */
  readonly running: boolean;
  /** What the checked server said, shortened and free of control characters. */
  readonly said: string | null;
  /** For a person: `L7TOUT: no answer to the check within 2.0 s`. */
  readonly reason: string;
  /** Successes needed to come up, failures needed to go down. */
  readonly rise: number | null;
  readonly fall: number | null;
}
