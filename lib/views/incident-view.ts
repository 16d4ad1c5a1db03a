import { err, ok, type Result } from "#lib/core/result.ts";
import { listIncidentEvents } from "#lib/store/events.ts";
import { findIncident, incidentsAt, listIncidents, type StoredIncident } from "#lib/store/incidents.ts";
import type { Reading, Store } from "#lib/store/open-store.ts";
import { serviceNames } from "#lib/store/services.ts";
import type { IncidentMark, IncidentView } from "#lib/wire/incident.ts";
import type { Refusal } from "#lib/wire/problem.ts";

const incidentsShown = 200;
const eventsShown = 1_000;
/** What happened shortly before it was confirmed belongs to its story. */
const leadMs = 10 * 60_000;

/** Open incidents first, then the newest. */
export async function incidentsView(store: Store): Promise<IncidentMark[]> {
  return await store.read(async (reading) => {
    const names = await serviceNames(reading);
    return (await listIncidents(reading, incidentsShown)).map((incident) => markOf(incident, names));
  });
}

/** Those that were open at `at`, for the board of that time. */
export async function readIncidentsAt(reading: Reading, at: number): Promise<IncidentMark[]> {
  const incidents = await incidentsAt(reading, at);
  if (incidents.length === 0) return [];
  const names = await serviceNames(reading);
  return incidents.map((incident) => markOf(incident, names));
}

/** One incident with its services over time and its timeline. */
export async function incidentView(store: Store, id: string, now: number): Promise<Result<IncidentView, Refusal>> {
  return await store.read(async (reading) => {
    const incident = await findIncident(reading, id);
    if (incident === null) return err(noSuchIncident(id));
    const names = await serviceNames(reading);
    const timeline = await listIncidentEvents(reading, {
      incidentId: id,
      serviceIds: incident.members.map((member) => member.serviceId),
      from: incident.openedAt - leadMs,
      to: incident.resolvedAt ?? now,
      limit: eventsShown,
    });
    return ok({
      ...markOf(incident, names),
      mergedInto: incident.mergedInto,
      members: incident.members.map(({ serviceId, from, until }) => ({
        serviceId,
        name: names.get(serviceId) ?? serviceId,
        root: serviceId === incident.rootId,
        from,
        until,
      })),
      timeline,
    });
  });
}

export function noSuchIncident(id: string): Refusal {
  return { code: "not-found", detail: `There is no incident ${id.slice(0, 100)}` };
}

function markOf(incident: StoredIncident, names: ReadonlyMap<string, string>): IncidentMark {
  return {
    id: incident.id,
    title: incident.title,
    rootId: incident.rootId,
    rootName: names.get(incident.rootId) ?? incident.rootId,
    openedAt: incident.openedAt,
    resolvedAt: incident.resolvedAt,
    services: incident.members.length,
    seq: incident.seq,
  };
}
