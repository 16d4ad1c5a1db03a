import type { Certain } from "#lib/core/certain.ts";

/** An incident as far as its course depends on it. Times are epoch milliseconds. */
export interface IncidentCourse {
  readonly id: string;
  readonly rootId: string;
  readonly openedAt: number;
  readonly resolvedAt: number | null;
  /** The incident that it turned out to belong to. */
  readonly mergedInto: string | null;
  /** Everything that suffered, the root included; `until` is when it was well again. */
  readonly members: readonly IncidentMember[];
}

export interface IncidentMember {
  readonly serviceId: string;
  readonly from: number;
  readonly until: number | null;
}

/** What is certain of a service, and whether its trouble is planned. */
export interface IncidentService {
  readonly id: string;
  readonly certain: Certain;
  /** In maintenance as a whole. */
  readonly covered: boolean;
}

/** A trouble as root cause found it. */
export interface IncidentTrouble {
  readonly rootId: string;
  readonly symptomIds: readonly string[];
  /** It may be the work of somebody, which the next polls tell: then nothing opens yet, and no other incident takes it in. */
  readonly maybePlanned?: boolean;
}

export type IncidentChange =
  | { readonly type: "open"; readonly rootId: string; readonly serviceIds: readonly string[] }
  | { readonly type: "reopen"; readonly incidentId: string }
  | { readonly type: "join"; readonly incidentId: string; readonly serviceId: string }
  | { readonly type: "leave"; readonly incidentId: string; readonly serviceId: string; readonly why: LeaveReason }
  | { readonly type: "root"; readonly incidentId: string; readonly rootId: string }
  | { readonly type: "merge"; readonly incidentId: string; readonly into: string }
  | { readonly type: "resolve"; readonly incidentId: string };

export type LeaveReason = "well" | "maintenance" | "gone";

/** Trouble that comes back within this time is the same incident. */
export const reopenWithinMs = 10 * 60_000;

/**
 * What happens to incidents at `now`. `known` are the open ones and those resolved within `reopenWithinMs`; `troubles`
 * are root cause's, worst first. Pure: once the changes are made, the same input gives none.
 *
 * A confirmed critical state opens an incident for its root; symptoms join and open none of their own. What is planned
 * opens none and keeps none open. An incident resolves when all its services are well, whoever is muted by whom.
 */
export function incidentChanges(
  known: readonly IncidentCourse[],
  troubles: readonly IncidentTrouble[],
  services: readonly IncidentService[],
  now: number,
): IncidentChange[] {
  const byId = new Map(services.map((service) => [service.id, service]));
  const changes: IncidentChange[] = [];
  const drafts = known.map(draftOf);
  const open = () => drafts.filter((draft) => draft.open);

  for (const draft of open()) {
    for (const serviceId of [...draft.active]) {
      const why = leaveReason(byId.get(serviceId));
      if (why === null) continue;
      draft.active.delete(serviceId);
      changes.push({ type: "leave", incidentId: draft.id, serviceId, why });
    }
    if (draft.active.size > 0) continue;
    draft.open = false;
    changes.push({ type: "resolve", incidentId: draft.id });
  }

  for (const { rootId, symptomIds, maybePlanned = false } of troubles) {
    const root = byId.get(rootId);
    if (root === undefined || root.covered) continue;
    if (maybePlanned && !open().some((draft) => draft.active.has(rootId))) continue;
    const felt = symptomIds.flatMap((id) => byId.get(id) ?? []).filter((service) => !service.covered);
    const certain = [root, ...felt].filter(({ certain }) => certain === "critical" || certain === "trouble");
    const among = open().filter((draft) => [root, ...felt].some((service) => draft.active.has(service.id)));
    // One whose root was well for a moment is still that trouble's, while anything of it goes on.
    let host =
      among.find((draft) => draft.active.has(rootId)) ?? among[0] ?? open().find((draft) => draft.all.has(rootId));
    if (host === undefined && certain.some((service) => service.certain === "critical")) {
      host = drafts.find((draft) => mayReopen(draft, rootId, now));
      if (host === undefined) {
        const joined = [rootId, ...certain.map((service) => service.id).filter((id) => id !== rootId)];
        changes.push({ type: "open", rootId, serviceIds: joined });
        continue;
      }
      host.open = true;
      changes.push({ type: "reopen", incidentId: host.id });
    }
    if (host === undefined) continue;
    for (const other of among) {
      if (other === host || !other.open) continue;
      other.open = false;
      changes.push({ type: "merge", incidentId: other.id, into: host.id });
      for (const serviceId of other.active) if (!host.active.has(serviceId)) join(host, serviceId);
    }
    for (const { id } of certain) if (!host.active.has(id)) join(host, id);
    // One that reopened may have only an uncertain root: it is in trouble, so it belongs.
    if (host.active.size === 0) join(host, rootId);
    // A root that still suffers stays the root, unless this one explains it.
    const passed = !host.active.has(host.rootId) || symptomIds.includes(host.rootId);
    if (host.rootId !== rootId && host.active.has(rootId) && passed) {
      host.rootId = rootId;
      changes.push({ type: "root", incidentId: host.id, rootId });
    }
  }
  return changes;

  function join(draft: Draft, serviceId: string): void {
    draft.active.add(serviceId);
    changes.push({ type: "join", incidentId: draft.id, serviceId });
  }
}

/** The incidents after these changes. `newId` gives the id of the one that opens. Pure. */
export function applyChanges<I extends IncidentCourse>(
  known: readonly I[],
  changes: readonly IncidentChange[],
  now: number,
  create: (opened: IncidentCourse) => I,
  newId: () => string,
): I[] {
  const after = [...known];
  const patch = (id: string, change: (incident: I) => Partial<IncidentCourse>) => {
    const at = after.findIndex((incident) => incident.id === id);
    const incident = after[at];
    if (incident !== undefined) after[at] = { ...incident, ...change(incident) };
  };
  for (const change of changes) {
    switch (change.type) {
      case "open": {
        const members = change.serviceIds.map((serviceId) => ({ serviceId, from: now, until: null }));
        const { rootId } = change;
        after.push(create({ id: newId(), rootId, openedAt: now, resolvedAt: null, mergedInto: null, members }));
        break;
      }
      case "reopen":
        patch(change.incidentId, () => ({ resolvedAt: null }));
        break;
      case "join":
        patch(change.incidentId, ({ members }) => ({ members: joined(members, change.serviceId, now) }));
        break;
      case "leave":
        patch(change.incidentId, ({ members }) => ({
          members: members.map((member) =>
            member.serviceId === change.serviceId && member.until === null ? { ...member, until: now } : member,
          ),
        }));
        break;
      case "root":
        patch(change.incidentId, () => ({ rootId: change.rootId }));
        break;
      case "merge":
        patch(change.incidentId, () => ({ resolvedAt: now, mergedInto: change.into }));
        break;
      case "resolve":
        patch(change.incidentId, () => ({ resolvedAt: now }));
        break;
      default:
        change satisfies never;
    }
  }
  return after;
}

/** One that suffers again goes on from where it first joined. */
function joined(members: readonly IncidentMember[], serviceId: string, now: number): IncidentMember[] {
  if (members.every((member) => member.serviceId !== serviceId)) {
    return [...members, { serviceId, from: now, until: null }];
  }
  return members.map((member) => (member.serviceId === serviceId ? { ...member, until: null } : member));
}

interface Draft {
  readonly id: string;
  rootId: string;
  open: boolean;
  readonly resolvedAt: number | null;
  readonly merged: boolean;
  /** Members that are not well again yet. */
  readonly active: Set<string>;
  readonly all: ReadonlySet<string>;
}

function draftOf(incident: IncidentCourse): Draft {
  const open = incident.resolvedAt === null;
  const active = incident.members.filter((member) => open && member.until === null);
  return {
    id: incident.id,
    rootId: incident.rootId,
    open,
    resolvedAt: incident.resolvedAt,
    merged: incident.mergedInto !== null,
    active: new Set(active.map((member) => member.serviceId)),
    all: new Set(incident.members.map((member) => member.serviceId)),
  };
}

function leaveReason(service: IncidentService | undefined): LeaveReason | null {
  if (service === undefined) return "gone";
  if (service.covered) return "maintenance";
  return service.certain === "well" ? "well" : null;
}

/** Not one that resolved at this very moment by these changes: its time is not known yet, and nothing of it is troubled. */
function mayReopen(draft: Draft, rootId: string, now: number): boolean {
  if (draft.open || draft.merged || draft.resolvedAt === null) return false;
  return now - draft.resolvedAt <= reopenWithinMs && draft.all.has(rootId);
}
