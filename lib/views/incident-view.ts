import type { Sight } from "#lib/access/sight.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { listIncidentEvents } from "#lib/store/events.ts";
import { findIncident, incidentsAt, listIncidents, type StoredIncident } from "#lib/store/incidents.ts";
import type { Reading, Store } from "#lib/store/open-store.ts";
import { serviceNames } from "#lib/store/services.ts";
import { cutEvents, readSeen, type Seen, unseenService } from "#lib/views/seen.ts";
import type { IncidentMark, IncidentView } from "#lib/wire/incident.ts";
import type { Refusal } from "#lib/wire/problem.ts";

const incidentsShown = 200;
const unseenCause = "its cause lies in a service you may not see";
const eventsShown = 1_000;
/** What happened shortly before it was confirmed belongs to its story. */
const leadMs = 10 * 60_000;

/** Open incidents first, then the newest. */
export async function incidentsView(store: Store, sight: Sight): Promise<IncidentMark[]> {
  return await store.read(async (reading) => {
    const names = await serviceNames(reading);
    const seen = await readSeen(reading, sight);
    return (await listIncidents(reading, incidentsShown)).flatMap((incident) => markOf(incident, names, seen) ?? []);
  });
}

/** Those that were open at `at`, for the board of that time. */
export async function readIncidentsAt(reading: Reading, seen: Seen, at: number): Promise<IncidentMark[]> {
  const incidents = await incidentsAt(reading, at);
  if (incidents.length === 0) return [];
  const names = await serviceNames(reading);
  return incidents.flatMap((incident) => markOf(incident, names, seen) ?? []);
}

/** One incident with its services over time and its timeline. */
export async function incidentView(
  store: Store,
  sight: Sight,
  id: string,
  now: number,
): Promise<Result<IncidentView, Refusal>> {
  return await store.read(async (reading) => {
    const incident = await findIncident(reading, id);
    if (incident === null) return err(noSuchIncident(id));
    const names = await serviceNames(reading);
    const seen = await readSeen(reading, sight);
    const mark = markOf(incident, names, seen);
    if (mark === null) return err(noSuchIncident(id));
    const members = incident.members.filter((member) => seen.has(member.serviceId));
    const timeline = await listIncidentEvents(reading, {
      incidentId: id,
      serviceIds: members.map((member) => member.serviceId),
      from: incident.openedAt - leadMs,
      to: incident.resolvedAt ?? now,
      limit: eventsShown,
    });
    return ok({
      ...mark,
      // The other one may lie out of sight.
      mergedInto: seen.whole ? incident.mergedInto : null,
      members: members.map(({ serviceId, from, until }) => ({
        serviceId,
        name: names.get(serviceId) ?? serviceId,
        root: serviceId === incident.rootId,
        from,
        until,
      })),
      timeline: cutEvents(timeline, seen),
    });
  });
}

export function noSuchIncident(id: string): Refusal {
  return { code: "not-found", detail: `There is no incident ${id.slice(0, 100)}` };
}

/** `null` when he sees none of its services. A title names root and symptom: where one is hidden, another stands for it. */
function markOf(incident: StoredIncident, names: ReadonlyMap<string, string>, seen: Seen): IncidentMark | null {
  const members = incident.members.filter((member) => seen.has(member.serviceId));
  const [first] = members;
  if (!seen.whole && first === undefined) return null;
  const nameOf = (id: string) => names.get(id) ?? id;
  const root = seen.has(incident.rootId);
  const partly = members.length < incident.members.length;
  const where = first === undefined ? "" : nameOf(root ? incident.rootId : first.serviceId);
  return {
    id: incident.id,
    title:
      partly || !root
        ? `${where}: ${root ? "trouble that reaches services you may not see" : unseenCause}`
        : incident.title,
    rootId: root ? incident.rootId : null,
    rootName: root ? nameOf(incident.rootId) : unseenService,
    openedAt: incident.openedAt,
    resolvedAt: incident.resolvedAt,
    services: members.length,
    seq: incident.seq,
  };
}
