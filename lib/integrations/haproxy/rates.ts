import type {
  HaproxyBaseline,
  HaproxyCounters,
  HaproxyInterval,
  HaproxyRates,
} from "#lib/integrations/haproxy/detail.ts";
import { numberOf, type ProcessInfo, type ProcessReading, type StatRow } from "#lib/integrations/haproxy/parse.ts";

/** One process's answer with what was known of it before. */
export interface Seen {
  readonly process: string;
  readonly reading: ProcessReading;
  /** `null` on the first poll and after a reload: then nothing is compared. */
  readonly before: HaproxyBaseline | null;
}

/** What the counters of one row rose by, and over how long. `null` when there is nothing to compare with. */
export type Rise = { readonly ms: number; readonly by: HaproxyCounters } | null;

/** The cumulative numbers of one row. */
export function countersOf(row: StatRow): HaproxyCounters {
  const classes = ["1xx", "2xx", "3xx", "4xx", "5xx", "other"].map((name) => numberOf(row, `hrsp_${name}`));
  const retries = [numberOf(row, "wretr"), numberOf(row, "wredis")];
  return {
    sessions: numberOf(row, "stot"),
    requests: numberOf(row, "req_tot"),
    responses: sum(classes),
    responses5xx: numberOf(row, "hrsp_5xx"),
    retries: sum(retries),
    connectErrors: numberOf(row, "econ"),
    bytesIn: numberOf(row, "bin"),
    bytesOut: numberOf(row, "bout"),
  };
}

/** Key of a row's counters. */
export function counterKey(row: StatRow): string {
  return `${row.proxy}/${row.name}`;
}

/**
 * Whether the process was reloaded or restarted since `before`. A socket tells its start and pid; a stats page tells
 * neither, and a proxy's total going backwards is the only sign.
 */
export function hasRestarted(
  before: HaproxyBaseline,
  info: ProcessInfo | null,
  counters: Readonly<Record<string, HaproxyCounters>>,
  at: number,
): boolean {
  if (info !== null) {
    const differs = (old: number | null, now: number | null) => old !== null && now !== null && old !== now;
    // Uptime counts whole seconds, so it may be one short of the time between two polls.
    const younger = info.uptimeS !== null && info.uptimeS + 1.5 < (at - before.at) / 1_000;
    return differs(before.pid, info.pid) || differs(before.startedAt, info.startedAt) || younger;
  }
  return Object.entries(counters).some(([key, now]) => {
    const old = before.counters[key];
    const total = /\/(FRONTEND|BACKEND)$/.test(key);
    return total && old !== undefined && (now.sessions ?? 0) < (old.sessions ?? 0);
  });
}

/** Rise of one row's counters since `before`; a counter that is smaller than before is `null`, never negative. */
export function riseOf(before: HaproxyBaseline | null, key: string, now: HaproxyCounters, at: number): Rise {
  const old = before?.counters[key];
  const ms = before === null ? 0 : at - before.at;
  if (old === undefined || ms <= 0) return null;
  const by = (field: keyof HaproxyCounters) => {
    const [from, to] = [old[field], now[field]];
    return from === null || to === null || to < from ? null : to - from;
  };
  return {
    ms,
    by: {
      sessions: by("sessions"),
      requests: by("requests"),
      responses: by("responses"),
      responses5xx: by("responses5xx"),
      retries: by("retries"),
      connectErrors: by("connectErrors"),
      bytesIn: by("bytesIn"),
      bytesOut: by("bytesOut"),
    },
  };
}

/** How far each process's counters of this row rose since the poll before. */
export function risesOf(found: readonly { readonly seen: Seen; readonly row: StatRow }[], at: number): Rise[] {
  return found.map(({ seen, row }) => riseOf(seen.before, counterKey(row), countersOf(row), at));
}

/** Rates over all processes; `null` as soon as one process that answered has none, so that a reload is neither dip nor spike. */
export function ratesOf(rises: readonly Rise[]): HaproxyRates {
  const perS = (field: keyof HaproxyCounters) => {
    const each = rises.map((rise) => (rise === null ? null : perSecond(rise.by[field], rise.ms)));
    return each.some((rate) => rate === null) ? null : sum(each);
  };
  const bytesPerS = (field: "bytesIn" | "bytesOut") => {
    const rate = perS(field);
    return rate === null ? null : Math.round(rate);
  };
  return {
    sessionsPerS: perS("sessions"),
    requestsPerS: perS("requests"),
    errors5xxPerS: perS("responses5xx"),
    retriesPerS: perS("retries"),
    connectErrorsPerS: perS("connectErrors"),
    bytesInPerS: bytesPerS("bytesIn"),
    bytesOutPerS: bytesPerS("bytesOut"),
  };
}

/** How many answers all processes gave between two polls; `null` when one of them cannot tell. */
export function intervalOf(rises: readonly Rise[], at: number): HaproxyInterval | null {
  const known = rises.flatMap((rise) =>
    rise === null || rise.by.responses === null || rise.by.responses5xx === null
      ? []
      : [{ ms: rise.ms, responses: rise.by.responses, responses5xx: rise.by.responses5xx }],
  );
  if (known.length === 0 || known.length < rises.length) return null;
  return {
    at,
    ms: Math.max(...known.map((each) => each.ms)),
    responses: known.reduce((total, each) => total + each.responses, 0),
    responses5xx: known.reduce((total, each) => total + each.responses5xx, 0),
  };
}

const enoughAnswers = 20;
const fewestAnswers = 5;
/** Older intervals than this are not used to make up for few answers, so that a healed fault is seen as healed. */
const lookBackMs = 15_000;

/** Intervals worth keeping for the next poll. */
export function recentOf(past: readonly HaproxyInterval[], latest: HaproxyInterval | null): readonly HaproxyInterval[] {
  if (latest === null) return [];
  return [...past.filter((interval) => interval.at > latest.at - lookBackMs && interval.at < latest.at), latest].slice(
    -30,
  );
}

/** Share of 5xx in the latest interval, made up with older ones while it has few answers; `null` under five answers. */
export function share5xx(
  recent: readonly HaproxyInterval[],
): { readonly percent: number; readonly responses: number; readonly overMs: number } | null {
  let [responses, responses5xx, overMs] = [0, 0, 0];
  for (const interval of recent.toReversed()) {
    responses += interval.responses;
    responses5xx += interval.responses5xx;
    overMs += interval.ms;
    if (responses >= enoughAnswers) break;
  }
  return responses < fewestAnswers ? null : { percent: (responses5xx / responses) * 100, responses, overMs };
}

/** Sum of what is known; `null` when nothing is. */
export function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}

function perSecond(rise: number | null, ms: number): number | null {
  // Two decimals: what lies below is the jitter of the beat, not of the traffic.
  return rise === null ? null : Math.round((rise / ms) * 100_000) / 100;
}
