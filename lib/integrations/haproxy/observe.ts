import type { Result } from "#lib/core/result.ts";
import type { HaproxyConfig } from "#lib/integrations/haproxy/config.ts";
import type {
  HaproxyBackend,
  HaproxyBaseline,
  HaproxyCounters,
  HaproxyDetail,
  HaproxyFrontend,
  HaproxyProcess,
} from "#lib/integrations/haproxy/detail.ts";
import { numberOf, type ProcessReading, type StatRow, textOf } from "#lib/integrations/haproxy/parse.ts";
import {
  counterKey,
  countersOf,
  hasRestarted,
  intervalOf,
  ratesOf,
  recentOf,
  risesOf,
  type Seen,
  share5xx,
  sum,
} from "#lib/integrations/haproxy/rates.ts";
import { mergeServer, timesOf } from "#lib/integrations/haproxy/servers.ts";
import { adminBit, stateOf } from "#lib/integrations/haproxy/status.ts";

const restartToldMs = 600_000;

/** Makes one picture of what all processes said. Pure: `at` is the time of this poll, `previous` the last good picture. */
export function observe(
  config: HaproxyConfig,
  answers: readonly Result<ProcessReading>[],
  previous: HaproxyDetail | undefined,
  at: number,
): HaproxyDetail {
  const seen: Seen[] = [];
  const processes = config.processes.map((process, index): HaproxyProcess => {
    const answer = answers[index];
    const old = previous?.processes.find((each) => each.name === process.name);
    const base = { name: process.name, via: "socket" in process ? ("socket" as const) : ("stats" as const) };
    if (answer === undefined || !answer.ok) return silent(base, answer?.error ?? null, old, at);
    const [told, before] = heard(base, answer.value, old, at);
    seen.push({ process: process.name, reading: answer.value, before });
    return told;
  });
  const rows = seen.flatMap((each) => each.reading.rows.filter((row) => isWanted(row, config)));
  const proxies = (kind: StatRow["kind"]) => [
    ...new Set(rows.filter((row) => row.kind === kind).map((row) => row.proxy)),
  ];
  const withServers = new Set(proxies("server"));
  return {
    processes,
    frontends: proxies("frontend").map((name) => frontendOf(name, seen, at)),
    backends: proxies("backend")
      .filter((name) => withServers.has(name))
      .map((name) => backendOf(name, seen, config, previous, at)),
  };
}

type ProcessBase = Pick<HaproxyProcess, "name" | "via">;

function silent(
  base: ProcessBase,
  failure: HaproxyProcess["failure"],
  old: HaproxyProcess | undefined,
  at: number,
): HaproxyProcess {
  const nothing = { version: null, pid: null, uptimeS: null, startedAt: null, level: null };
  const numbers = { sessions: null, sessionsLimit: null, idlePercent: null };
  return { ...base, failure, ...nothing, ...numbers, restart: stillTold(old, at), baseline: old?.baseline ?? null };
}

function heard(
  base: ProcessBase,
  reading: ProcessReading,
  old: HaproxyProcess | undefined,
  at: number,
): [HaproxyProcess, HaproxyBaseline | null] {
  const { info } = reading;
  const counters: Record<string, HaproxyCounters> = {};
  for (const row of reading.rows) if (row.kind !== "listener") counters[counterKey(row)] = countersOf(row);
  const now = { at, pid: info?.pid ?? null, startedAt: info?.startedAt ?? null, uptimeS: info?.uptimeS ?? null };
  const baseline: HaproxyBaseline = { ...now, counters, setAtRunTime: setAtRunTime(reading) };
  const before = old?.baseline ?? null;
  const restarted = before !== null && hasRestarted(before, info, counters, at);
  const lost = Object.entries(before?.setAtRunTime ?? {})
    .filter(([server]) => baseline.setAtRunTime[server] === undefined)
    .map(([server, what]) => `${server} (${what})`);
  const process: HaproxyProcess = {
    ...base,
    failure: null,
    version: info?.version ?? null,
    pid: now.pid,
    uptimeS: now.uptimeS,
    startedAt: now.startedAt ?? (now.uptimeS === null ? null : at - now.uptimeS * 1_000),
    level: reading.level,
    sessions: info?.sessions ?? null,
    sessionsLimit: info?.sessionsLimit ?? null,
    idlePercent: info?.idlePercent ?? null,
    restart: restarted ? { seenAt: at, lost } : stillTold(old, at),
    baseline,
  };
  return [process, restarted ? null : before];
}

function stillTold(old: HaproxyProcess | undefined, at: number): HaproxyProcess["restart"] {
  return old?.restart && at - old.restart.seenAt < restartToldMs ? old.restart : null;
}

function setAtRunTime(reading: ProcessReading): HaproxyBaseline["setAtRunTime"] {
  const set: Record<string, string> = {};
  for (const [frontend, value] of reading.pages ?? []) if (value === "on") set[frontend] = "maintenance page";
  for (const row of reading.rows.filter((each) => each.kind === "server")) {
    const key = counterKey(row);
    const bits = reading.states?.get(key)?.adminBits;
    const state = stateOf(textOf(row, "status") ?? "", bits ?? null);
    if (
      bits === undefined
        ? state === "maint"
        : (bits & adminBit.forcedMaint) !== 0 && (bits & adminBit.configMaint) === 0
    )
      set[key] = "maint";
    else if (bits === undefined ? state === "drain" : (bits & adminBit.forcedDrain) !== 0) set[key] = "drain";
    else if (reading.states?.get(key)?.checkStopped) set[key] = "held unchecked";
    else if (isWeighed(reading, row, key)) set[key] = "weight";
  }
  return set;
}

/** Weighed by hand: an agent that sets the weight would set it again after a reload. */
function isWeighed(reading: ProcessReading, row: StatRow, key: string): boolean {
  const told = reading.states?.get(key);
  const weighed = told !== undefined && told.weight !== null && told.weight !== told.configuredWeight;
  return weighed && textOf(row, "agent_status") === null;
}

function isWanted(row: StatRow, config: HaproxyConfig): boolean {
  if (config.ignore.includes(row.proxy) || config.ignore.includes(counterKey(row))) return false;
  return row.kind === "frontend" || config.backends === undefined || config.backends.includes(row.proxy);
}

/** The rows of one thing, one for each process that has it. */
function rowsOf(seen: readonly Seen[], kind: StatRow["kind"], proxy: string): { seen: Seen; row: StatRow }[] {
  return seen.flatMap((each) => {
    const row = each.reading.rows.find((candidate) => candidate.kind === kind && candidate.proxy === proxy);
    return row === undefined ? [] : [{ seen: each, row }];
  });
}

function frontendOf(name: string, seen: readonly Seen[], at: number): HaproxyFrontend {
  const found = rowsOf(seen, "frontend", name);
  const statuses = found.map(({ row }) => textOf(row, "status") ?? "unknown");
  const rises = risesOf(found, at);
  const pageOn = seen.filter(({ reading }) => reading.pages?.get(name) === "on").map(({ process }) => process);
  return {
    name,
    status: statuses.find((status) => status !== "OPEN") ?? "OPEN",
    mode: found.map(({ row }) => textOf(row, "mode")).find((mode) => mode !== null) ?? null,
    ...(pageOn.length === 0 ? {} : { pageOn }),
    sessions: sum(found.map(({ row }) => numberOf(row, "scur"))),
    sessionsLimit: sum(found.map(({ row }) => numberOf(row, "slim"))),
    rates: ratesOf(rises),
    errors5xxPercent: share5xx(recentOf([], intervalOf(rises, at)))?.percent ?? null,
  };
}

function backendOf(
  name: string,
  seen: readonly Seen[],
  config: HaproxyConfig,
  previous: HaproxyDetail | undefined,
  at: number,
): HaproxyBackend {
  const found = rowsOf(seen, "backend", name);
  const old = previous?.backends.find((backend) => backend.name === name);
  const servers = serverNames(seen, name, config).map((server) =>
    mergeServer(
      name,
      server,
      seen,
      old?.servers.find((each) => each.name === server),
      config,
      at,
    ),
  );
  const down = found.filter(({ row }) => isDown(row));
  const rises = risesOf(found, at);
  const recent = recentOf(old?.recent ?? [], intervalOf(rises, at));
  const share = share5xx(recent);
  const numbers = (field: string) => found.map(({ row }) => numberOf(row, field));
  const waiting = [...numbers("qcur"), ...servers.map((server) => server.queue)];
  return {
    name,
    mode: found.map(({ row }) => textOf(row, "mode")).find((mode) => mode !== null) ?? null,
    status: down[0] === undefined ? "UP" : (textOf(down[0].row, "status") ?? "DOWN"),
    downOn: down.map((each) => each.seen.process),
    servers,
    activeUsable: lowest(numbers("act")),
    backupUsable: lowest(numbers("bck")),
    sessions: sum(numbers("scur")),
    queue: sum(waiting),
    rates: ratesOf(rises),
    errors5xxPercent: share?.percent ?? null,
    errors5xxOf: share === null ? null : { responses: share.responses, overMs: share.overMs },
    recent,
    times: timesOf(
      found.map(({ row }) => row),
      old?.times ?? null,
    ),
    lastChangeS: numberOf(down[0]?.row ?? found[0]?.row ?? noRow, "lastchg"),
  };
}

function serverNames(seen: readonly Seen[], proxy: string, config: HaproxyConfig): string[] {
  const rows = seen.flatMap((each) => each.reading.rows);
  const servers = rows.filter((row) => row.kind === "server" && row.proxy === proxy && isWanted(row, config));
  return [...new Set(servers.map((row) => row.name))];
}

function isDown(row: StatRow): boolean {
  const usable = (numberOf(row, "act") ?? 0) + (numberOf(row, "bck") ?? 0);
  return usable === 0 || (textOf(row, "status") ?? "").startsWith("DOWN");
}

function lowest(values: readonly (number | null)[]): number {
  return Math.min(...values.map((value) => value ?? 0));
}

const noRow: StatRow = { proxy: "", name: "", kind: "backend", fields: new Map() };
