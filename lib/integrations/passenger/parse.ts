import type { Failure } from "#lib/core/failure.ts";
import type { Result } from "#lib/core/result.ts";
import { trimEndOf } from "#lib/core/trim-end.ts";
import type { PassengerConfig, PassengerNodeConfig } from "#lib/integrations/passenger/config.ts";
import type {
  PassengerApp,
  PassengerDetail,
  PassengerNode,
  PassengerProcess,
  PassengerTotals,
} from "#lib/integrations/passenger/detail.ts";
import {
  type GroupReading,
  type PoolReading,
  type ProcessReading,
  parsePool,
} from "#lib/integrations/passenger/pool.ts";
import { parseRequests } from "#lib/integrations/passenger/requests.ts";

/** What the two commands on one host said, or why they said nothing. */
export interface NodeOutput {
  readonly xml: Result<string>;
  readonly json: Result<string>;
}

/** Output of one node → its part of the detail. `now` is used only where the host tells no time of its own. Pure. */
export function parseNode(
  config: PassengerConfig,
  node: PassengerNodeConfig,
  output: NodeOutput,
  now: number,
): PassengerNode {
  const base = { name: node.name, host: node.host, restartable: node.restart !== undefined };
  const pool = output.xml.ok ? parsePool(output.xml.value) : output.xml;
  if (!pool.ok) return { ...base, ...nothing, failure: pool.error };
  const requests = output.json.ok ? parseRequests(output.json.value) : output.json;
  const groups = pool.value.groups.filter((group) => belongs(config.app, group));
  const hostNowS = hostClock(pool.value) ?? now / 1_000;
  const apps = groups.map((group) => appOf(group, config, hostNowS));
  const queued = apps.reduce((sum, app) => sum + app.queue, pool.value.topLevelQueue ?? 0);
  return {
    ...base,
    failure: null,
    pool: {
      version: pool.value.version,
      max: pool.value.max,
      processes: pool.value.processCount,
      capacityUsed: pool.value.capacityUsed,
      topLevelQueue: pool.value.topLevelQueue,
      queued,
    },
    apps,
    requests: requests.ok ? requests.value.groups : null,
    requestsFailure: requests.ok ? null : requests.error,
    inFlight: requests.ok ? requests.value.inFlight : null,
  };
}

const nothing = {
  pool: null,
  apps: [],
  requests: null,
  requestsFailure: null as Failure | null,
  inFlight: null,
} as const;

/** Sums what could be seen; what could not be seen is missing from the sums and from `answering`. */
export function detailOf(nodes: readonly PassengerNode[]): PassengerDetail {
  const answering = nodes.filter((node) => node.pool !== null);
  const inFlight = answering.map((node) => node.inFlight).filter((each) => each !== null);
  const totals: PassengerTotals = {
    nodes: nodes.length,
    answering: answering.length,
    processes: sum(answering.flatMap((node) => node.apps.map((app) => app.processes.length))),
    queued: sum(answering.map((node) => node.pool?.queued ?? 0)),
    inFlight: inFlight.length === 0 ? null : sum(inFlight),
  };
  return { nodes, totals };
}

/** By group name, by the app's folder, or by a folder above it; `/srv/app` is not `/srv/app2`. */
function belongs(app: string | undefined, group: GroupReading): boolean {
  if (app === undefined || app === group.name) return true;
  const folder = trimEndOf(app, "/");
  const root = group.appRoot ?? group.name.replace(/ \([^()]*\)$/, "");
  return root === folder || root.startsWith(`${folder}/`);
}

/**
 * The host's own time in epoch seconds, from a process's start and uptime, so that a clock that differs from the
 * poller's makes no process look stuck. The uptime is cut to whole seconds: up to one second too early.
 */
function hostClock(pool: PoolReading): number | null {
  const times = pool.groups
    .flatMap((group) => group.processes)
    .flatMap(({ spawnedAtS, uptimeS }) => (spawnedAtS === null || uptimeS === null ? [] : [spawnedAtS + uptimeS]));
  return times.length === 0 ? null : Math.max(...times);
}

function appOf(group: GroupReading, config: PassengerConfig, hostNowS: number): PassengerApp {
  const processes = group.processes.map((process) => processOf(process, config.stuckAfter / 1_000, hostNowS));
  const wanted = (group.minProcesses ?? 1) > 0 || group.queue > 0;
  return {
    name: group.name,
    label: labelOf(group),
    uuid: group.uuid,
    queue: group.queue,
    queueLimit: config.queueLimit,
    enabledProcesses: group.enabledProcesses,
    disablingProcesses: group.disablingProcesses,
    disabledProcesses: group.disabledProcesses,
    spawning: group.spawning,
    minProcesses: group.minProcesses,
    maxProcesses: group.maxProcesses,
    lifeStatus: group.lifeStatus,
    cannotStart: group.enabledProcesses === 0 && group.spawning === 0 && group.disablingProcesses === 0 && wanted,
    processes,
  };
}

/** The folder that is the app's own: `/srv/learn/current (production)` is `learn`. */
function labelOf(group: GroupReading): string {
  const root = group.appRoot ?? group.name.replace(/ \([^()]*\)$/, "");
  const parts = root.split("/").filter((part) => part !== "");
  const generic = new Set(["current", "site", "app", "public", "www", "html", "code"]);
  return parts.findLast((part) => !generic.has(part)) ?? parts.at(-1) ?? group.name;
}

function processOf(process: ProcessReading, stuckAfterS: number, hostNowS: number): PassengerProcess {
  const lastUsedAgoS = process.lastUsedAtS === null ? null : Math.max(0, hostNowS - process.lastUsedAtS);
  const holds = (process.sessions ?? 0) > 0 || process.enabled === "DETACHED";
  return {
    pid: process.pid,
    sessions: process.sessions,
    concurrency: process.concurrency,
    full: process.busyness === fullyBusy,
    memoryBytes: process.realMemoryKb === null ? null : process.realMemoryKb * 1_024,
    cpuPercent: process.cpuPercent,
    processed: process.processed,
    uptimeS: process.uptimeS,
    lastUsedAgoS,
    lifeStatus: process.lifeStatus,
    enabled: process.enabled,
    stuck: holds && lastUsedAgoS !== null && lastUsedAgoS >= stuckAfterS,
  };
}

/** What Passenger says of a process that takes no more; it is no measure and must not be averaged. */
const fullyBusy = 2_147_483_647;

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
