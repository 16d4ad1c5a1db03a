import type { SuggestedAction } from "#lib/core/finding.ts";
import type { Reading, Rule } from "#lib/core/rule.ts";
import type { HaproxyBackend, HaproxyDetail } from "#lib/integrations/haproxy/detail.ts";
import { ready } from "#lib/integrations/haproxy/suggest.ts";

/** What is trouble of a pool of servers. */
export const backendRules: readonly Rule<HaproxyDetail>[] = [
  {
    type: "fact",
    id: "backend-down",
    title: "Backend has no server left",
    severity: "critical",
    help: "No server can take requests, so HAProxy answers 503 itself.",
    find: (detail) =>
      detail.backends
        .filter((backend) => backend.downOn.length > 0)
        .map((backend) => ({
          subject: backend.name,
          message: `${backend.name}: 0 of ${backend.servers.length} servers in rotation${onProcesses(detail, backend.downOn)}, HAProxy answers 503 itself`,
          clause: `has 0 of ${backend.servers.length} ${backend.name} servers in rotation`,
          value: 0,
          ...readyOf(backend),
        })),
  },
  {
    type: "threshold",
    id: "capacity",
    title: "Share of servers in rotation",
    unit: "percent",
    raise: "below",
    critical: 50,
    help: "Servers that get new sessions, of all but backups and those that stand by at weight 0 because their agent says so. Each missing one is told by its own rule; this one tells when so many are gone that the rest may not carry the load. No more than a warning when all that is missing is out on purpose.",
    read: (detail) => detail.backends.flatMap(capacityOf),
  },
  {
    type: "fact",
    id: "on-backup",
    title: "Runs on backup servers",
    severity: "warning",
    help: "No active server is left; the backup servers carry everything.",
    find: (detail) =>
      detail.backends
        .filter((backend) => backend.activeUsable === 0 && backend.backupUsable > 0)
        .map((backend) => ({
          subject: backend.name,
          message: `${backend.name}: no active server left, runs on ${backend.backupUsable} backup`,
          clause: `runs ${backend.name} on backup servers`,
          value: 0,
        })),
  },
  {
    type: "threshold",
    id: "queue",
    title: "Requests waiting",
    unit: "count",
    raise: "above",
    warning: 10,
    critical: 100,
    help: "Requests that wait because every server is at its `maxconn`, for any server or for a certain one. They time out as 503.",
    read: (detail) =>
      detail.backends.map((backend) => ({
        subject: backend.name,
        value: backend.queue,
        say: (number) => `${backend.name}: ${number} requests waiting for a server`,
        clause: (number) => `has ${number} requests waiting for a ${backend.name} server`,
      })),
  },
  {
    type: "threshold",
    id: "errors-5xx",
    title: "Share of 5xx answers",
    unit: "percent",
    raise: "above",
    warning: 5,
    critical: 25,
    help: "Of the answers since the poll before, or of up to the last 15 s when those are fewer than 20. Includes the 502, 503 and 504 that HAProxy answers itself. Not judged under 5 answers.",
    read: (detail) =>
      detail.backends.map((backend) => ({
        subject: backend.name,
        value: backend.errors5xxPercent,
        say: (share) => `${backend.name}: ${share} of ${backend.errors5xxOf?.responses ?? 0} answers are 5xx`,
        clause: (share) => `answers ${share} of ${backend.name} requests with 5xx`,
      })),
  },
];

function capacityOf(backend: HaproxyBackend): Reading[] {
  const active = backend.servers.filter((server) => !server.backup && !server.standby);
  const missing = active.filter((server) => !server.inRotation);
  // With none left, `backend-down` or `on-backup` tells it.
  if (active.length === missing.length) return [];
  const planned = missing.filter((server) => server.planned).length;
  const words =
    planned === 0
      ? ""
      : `, ${planned} of them out on purpose`.replace("of them ", missing.length > planned ? "of the missing " : "");
  return [
    {
      subject: backend.name,
      value: ((active.length - missing.length) / active.length) * 100,
      say: (share) =>
        `${backend.name}: ${active.length - missing.length} of ${active.length} servers in rotation, ${share}${words}`,
      clause: () => `has ${active.length - missing.length} of ${active.length} ${backend.name} servers in rotation`,
      ...(missing.every((server) => server.planned) ? { atMost: "warning" as const } : {}),
    },
  ];
}

function readyOf(backend: HaproxyBackend): { readonly action?: SuggestedAction } {
  const drained = backend.servers.find((server) => server.planned && server.check?.passed === true);
  return drained === undefined ? {} : { action: ready(drained) };
}

function onProcesses(detail: HaproxyDetail, names: readonly string[]): string {
  const answering = detail.processes.filter((process) => process.failure === null);
  return answering.length === names.length ? "" : ` on ${names.join(", ")}`;
}
