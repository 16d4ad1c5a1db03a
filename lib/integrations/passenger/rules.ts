import type { Fact, Reading, Rule } from "#lib/core/rule.ts";
import type { PassengerApp, PassengerDetail, PassengerNode } from "#lib/integrations/passenger/detail.ts";
import { oldestOf } from "#lib/integrations/passenger/requests.ts";

/** Default limit of an app's queue; a restart counts as a success only below it. */
export const queueWarning = 10;

export const passengerRules: readonly Rule<PassengerDetail>[] = [
  {
    type: "fact",
    id: "not-running",
    title: "Passenger is not running",
    severity: "critical",
    help: "The host answers and no Passenger instance does: its web server is down, or the registry folder in the configuration is not the one it uses.",
    selfMade: true,
    find: (detail) =>
      detail.nodes.flatMap((node) =>
        node.failure?.kind === "not-running"
          ? [{ node: node.name, message: "Passenger is not running", clause: "is not running", ...restartServer(node) }]
          : [],
      ),
  },
  {
    type: "fact",
    id: "cannot-look",
    title: "A host cannot be looked at",
    blinds: true,
    severity: "warning",
    help: "The way to Passenger failed: ssh, sudo, a missing tool. Whether the app is well is not known.",
    selfMade: true,
    contained: true,
    find: (detail) =>
      detail.nodes.flatMap((node) =>
        node.failure !== null && node.failure.kind !== "not-running"
          ? [{ node: node.name, message: `cannot look, ${node.failure.what}`, clause: "cannot be looked at" }]
          : [],
      ),
  },
  {
    type: "fact",
    id: "app-cannot-start",
    title: "An app cannot start",
    severity: "critical",
    help: "No process serves the app and none is being started. Users get an error page while passenger-status itself says that all is well; Passenger's log holds the reason.",
    find: (detail) =>
      apps(detail)
        .filter(({ app }) => app.cannotStart)
        .map(({ node, app }) => ({
          node: node.name,
          subject: app.label,
          message: `${app.label} cannot start, 0 processes serve it`,
          clause: "cannot start",
          value: 0,
          limit: 1,
        })),
  },
  {
    type: "threshold",
    id: "queue",
    title: "Requests queued for an app",
    unit: "count",
    raise: "above",
    warning: queueWarning,
    critical: 50,
    help: "Requests that wait for a process of the app. Health checks wait in the same queue, so a balancer takes the host out soon after.",
    read: (detail) =>
      apps(detail).map(
        ({ node, app }): Reading => ({
          node: node.name,
          subject: app.label,
          value: app.queue,
          say: (number) => `${number} requests queued${node.apps.length > 1 ? ` for ${app.label}` : ""}${mostly(node)}`,
          clause: (number) => `has ${number} requests queued`,
          ...restartApp(node, app),
        }),
      ),
  },
  {
    type: "threshold",
    id: "queue-full",
    title: "Queue of the longest possible",
    unit: "percent",
    raise: "above",
    warning: 50,
    critical: 90,
    help: "The queue against PassengerMaxRequestQueueSize (`queueLimit`). When it is full Passenger answers 503 at once.",
    read: (detail) =>
      apps(detail).map(({ node, app }) => ({
        node: node.name,
        subject: app.label,
        value: app.queue < 2 ? null : (100 * app.queue) / app.queueLimit,
        say: (number) => `queue of ${app.label} is ${number} full, ${app.queue} of ${app.queueLimit}`,
        clause: (number) => `has its queue ${number} full`,
        ...restartApp(node, app),
      })),
  },
  {
    type: "threshold",
    id: "top-level-queue",
    title: "Requests without a process slot",
    unit: "count",
    raise: "above",
    warning: 2,
    critical: 20,
    help: "All process slots are taken by other apps, so these requests wait for an app that has no process at all and is not even listed.",
    read: (detail) =>
      detail.nodes.map((node) => ({
        node: node.name,
        value: node.pool?.topLevelQueue ?? null,
        say: (number) => `${number} requests wait for a process slot, ${slotsWords(node)}`,
        clause: (number) => `has ${number} requests waiting for a process slot`,
      })),
  },
  {
    type: "threshold",
    id: "pool-exhausted",
    title: "Requests queued with all process slots taken",
    unit: "count",
    raise: "above",
    warning: 5,
    help: "Every slot of the pool is taken, every process that could serve is busy, and requests wait: more processes are not to be had.",
    read: (detail) => detail.nodes.flatMap(exhaustedReading),
  },
  {
    type: "threshold",
    id: "oldest-request",
    title: "Oldest request in flight",
    unit: "s",
    raise: "above",
    warning: 30,
    critical: 120,
    help: "How long the oldest request has been in flight, waiting or worked on, with the path it belongs to. A path whose requests all hang points at what they wait for.",
    read: (detail) => detail.nodes.flatMap(oldestReading),
  },
  {
    type: "fact",
    id: "stuck-process",
    title: "A process is stuck",
    severity: "warning",
    help: "A process holds a request, or was told to go, and started nothing new for longer than `stuckAfter`. Critical when all processes of the app are stuck. A restart leaves such a process behind; it must be killed on the host.",
    find: (detail) => apps(detail).flatMap(({ node, app }) => findStuck(node, app)),
  },
  {
    type: "threshold",
    id: "process-memory",
    title: "Memory of the largest process",
    unit: "bytes",
    raise: "above",
    warning: 1_000_000_000,
    critical: 2_000_000_000,
    help: "Private memory of one process. A process that only grows leaks.",
    selfMade: true,
    contained: true,
    read: (detail) =>
      apps(detail).map(({ node, app }) => {
        const [largest] = [...app.processes].sort((a, b) => (b.memoryBytes ?? 0) - (a.memoryBytes ?? 0));
        return {
          node: node.name,
          subject: app.label,
          value: largest?.memoryBytes ?? null,
          say: (number) => `process ${largest?.pid} of ${app.label} takes ${number}`,
          clause: (number) => `has a process that takes ${number}`,
          ...restartApp(node, app),
        };
      }),
  },
  {
    type: "fact",
    id: "requests-unread",
    title: "Requests could not be read",
    blinds: ["oldest-request"],
    severity: "info",
    help: "The pool is known, the requests in flight are not: their paths and ages are missing on the board.",
    selfMade: true,
    contained: true,
    find: (detail) =>
      detail.nodes.flatMap((node) =>
        node.failure === null && node.requestsFailure !== null
          ? [{ node: node.name, message: `requests in flight could not be read, ${node.requestsFailure.what}` }]
          : [],
      ),
  },
];

function apps(detail: PassengerDetail): { readonly node: PassengerNode; readonly app: PassengerApp }[] {
  return detail.nodes.flatMap((node) => node.apps.map((app) => ({ node, app })));
}

function restartApp(node: PassengerNode, app: PassengerApp): Pick<Fact, "action"> {
  return { action: { id: "restart-app", params: { node: node.name, app: app.name } } };
}

function restartServer(node: PassengerNode): Pick<Fact, "action"> {
  return node.restartable ? { action: { id: "restart-web-server", params: { node: node.name } } } : {};
}

function slotsWords({ pool }: PassengerNode): string {
  return `${pool?.capacityUsed ?? "?"} of ${pool?.max ?? "?"} slots taken`;
}

function exhaustedReading(node: PassengerNode): Reading[] {
  const { pool } = node;
  if (pool === null || pool.max === null || pool.capacityUsed === null || pool.capacityUsed < pool.max) return [];
  // Processes that take unlimited requests are never full; a queue before them has another reason.
  const waiting = node.apps.filter((app) => app.queue > 0);
  const busy = waiting.every((app) => app.processes.every((process) => process.full || process.enabled !== "ENABLED"));
  if (!busy) return [];
  const slots = pool.max === 1 ? "the only process slot is taken" : `all ${pool.max} process slots are taken`;
  return [
    {
      node: node.name,
      value: pool.queued,
      say: (number) => `${slots}, ${number} requests wait${mostly(node)}`,
      clause: (number) => `has all process slots taken and ${number} requests waiting`,
    },
  ];
}

/** The path that more than half of the requests are for: it is what all the others wait behind. */
function mostly({ requests, inFlight }: PassengerNode): string {
  const [largest] = requests ?? [];
  if (largest === undefined || inFlight === null || inFlight < 3 || largest.count * 2 <= inFlight) return "";
  return `, ${largest.count} of ${inFlight} in flight are ${largest.path}`;
}

function oldestReading(node: PassengerNode): Reading[] {
  const oldest = oldestOf(node.requests ?? []);
  if (oldest === undefined) return [];
  const [app] = [...node.apps].sort((a, b) => b.queue - a.queue);
  return [
    {
      node: node.name,
      subject: oldest.path,
      value: oldest.oldestAgeS,
      say: (number) => `${oldest.count} of ${node.inFlight ?? "?"} requests are ${oldest.path}, oldest ${number}`,
      clause: (number) => `has requests for ${oldest.path} hanging for ${number}`,
      ...(app === undefined ? {} : restartApp(node, app)),
    },
  ];
}

function findStuck(node: PassengerNode, app: PassengerApp): Fact[] {
  const stuck = app.processes.filter((process) => process.stuck);
  if (stuck.length === 0) return [];
  const serving = app.processes.filter((process) => process.enabled === "ENABLED");
  const all = serving.length > 0 && serving.every((process) => process.stuck);
  const pids = stuck.slice(0, 5).map((process) => process.pid);
  const names = `${stuck.length === 1 ? "process" : "processes"} ${pids.join(", ")}${stuck.length > 5 ? ", …" : ""}`;
  return [
    {
      node: node.name,
      subject: app.label,
      severity: all ? "critical" : "warning",
      message: `${names} of ${app.label} stuck, ${stuck.length} of ${app.processes.length}`,
      clause: "has stuck processes",
      value: stuck.length,
      ...(all ? restartApp(node, app) : {}),
    },
  ];
}
