import type { Group } from "#e2e/doors/seed.ts";

/** A body that each POST door understands, about the things of one group. */
export const samples: Readonly<Record<string, (group: Group) => unknown>> = {
  "/api/v1/account/sessions/[id]/end": () => ({}),
  "/api/v1/account/sessions/end-others": () => ({}),
  "/api/v1/audit/export": () => ({ format: "csv" }),
  "/api/v1/automation": (group) => ({ on: false, serviceId: group, reason: "work" }),
  "/api/v1/events": (group) => ({ kind: "note", title: "a note", service: group }),
  "/api/v1/heartbeats/[id]": () => ({ exitCode: 0 }),
  "/api/v1/incidents/[id]/comments": () => ({ text: "looking" }),
  "/api/v1/maintenance": (group) => ({ services: [group] }),
  "/api/v1/maintenance/[id]/end": () => ({}),
  "/api/v1/people": (group) => ({ email: `new-${group}@example.com`, grants: [] }),
  "/api/v1/people/[id]/disable": () => ({}),
  "/api/v1/people/[id]/enable": () => ({}),
  "/api/v1/people/[id]/grants": (group) => ({ grants: [{ role: "viewer", group }] }),
  "/api/v1/people/[id]/reset": () => ({}),
  "/api/v1/people/[id]/sign-out": () => ({}),
  "/api/v1/poll": () => ({}),
  "/api/v1/runbook-sessions/[id]/finish": () => ({}),
  "/api/v1/runbook-sessions/[id]/marks": () => ({ kind: "ticked", step: "1" }),
  "/api/v1/runs": (group) => ({ serviceId: group, action: "restart", mode: "plan" }),
  "/api/v1/runs/[id]/approve": () => ({ planHash: "x", word: "approved" }),
  "/api/v1/runs/[id]/cancel": () => ({}),
  "/api/v1/runs/[id]/confirm": () => ({ planHash: "x" }),
  "/api/v1/runs/[id]/settle": () => ({ words: "all is well" }),
  "/api/v1/runs/[id]/undo": () => ({}),
  "/api/v1/services/[id]/acknowledge": () => ({}),
  "/api/v1/services/[id]/acknowledge/end": () => ({}),
  "/api/v1/services/[id]/confirmation": () => ({ confirm: { after: 2, recover: 2 } }),
  "/api/v1/services/[id]/dependencies/accept": (group) => ({ dependsOn: group === "shop" ? "learn" : "shop" }),
  "/api/v1/services/[id]/dependencies/refuse": (group) => ({ dependsOn: group === "shop" ? "learn" : "shop" }),
  "/api/v1/services/[id]/heals/acknowledge": () => ({ rule: "down", comment: "looked" }),
  "/api/v1/services/[id]/poll": () => ({}),
  "/api/v1/services/[id]/runbook": () => ({ runbook: "down" }),
  "/api/v1/services/[id]/silence": () => ({ reason: "known" }),
  "/api/v1/services/[id]/silence/end": () => ({}),
  "/api/v1/snapshots": () => ({}),
  "/api/v1/snapshots/[id]/revoke": () => ({}),
  "/api/v1/tokens": (group) => ({ name: "ci", scope: { kind: "role", role: "viewer", group } }),
  "/api/v1/tokens/[id]/revoke": () => ({}),
};

/** The id of what an address names, of one group. */
export function idAt(path: string, group: Group): string {
  const kind = path.split("/")[3] ?? "";
  if (kind === "services" || kind === "heartbeats") return group;
  if (kind === "snapshots") return "snapshot";
  const prefixes: Readonly<Record<string, string>> = {
    account: "session",
    people: "person",
    runs: "run",
    "runbook-sessions": "following",
    incidents: "incident",
    maintenance: "work",
    tokens: "token",
  };
  const prefix = prefixes[kind];
  if (prefix === undefined) throw new Error(`nothing is seeded for ${path}`);
  return `${prefix}-${group}`;
}

/** What must stand behind the question mark. */
export const queries: Readonly<Record<string, string>> = {
  "/api/v1/services/[id]/runbook": "?name=down",
  "/api/v1/services/[id]/series": "?key=up",
};
