import { randomUUID } from "node:crypto";
import { certainOf } from "#lib/core/certain.ts";
import { mayBePlanned } from "#lib/core/planned.ts";
import { findTroubles, type Trouble } from "#lib/core/root-cause.ts";
import { type Subject, subjectsOf, verdictOf } from "#lib/core/verdict.ts";
import { applyChanges, type IncidentChange, incidentChanges, reopenWithinMs } from "#lib/incidents/incident-changes.ts";
import { verdictInputOf } from "#lib/poller/verdict-input.ts";
import type { Watched } from "#lib/poller/watched.ts";
import { insertEvents, type NewEvent } from "#lib/store/events.ts";
import { listFoundDependencies } from "#lib/store/found-dependencies.ts";
import { type IncidentRow, recentIncidents, writeIncidents } from "#lib/store/incidents.ts";
import type { Store } from "#lib/store/open-store.ts";

/** Opens, follows and resolves incidents from what the polls said. */
export interface IncidentKeeper {
  /** `covered` are the services in maintenance as a whole at `now`. */
  readonly step: (watched: readonly Watched[], covered: ReadonlySet<string>, now: number) => Promise<void>;
}

export function createIncidentKeeper(store: Store): IncidentKeeper {
  /** The poller alone opens and resolves, so it need not ask the store again. `null`: not asked yet. */
  let kept: readonly IncidentRow[] | null = null;

  return {
    step: async (watched, covered, now) => {
      kept ??= await store.read((reading) => recentIncidents(reading, now - reopenWithinMs));
      const known = kept.filter(({ resolvedAt }) => resolvedAt === null || now - resolvedAt <= reopenWithinMs);
      const quiet = watched.every(({ state }) => state.status !== "critical");
      if (quiet && known.every((incident) => incident.resolvedAt !== null)) {
        kept = known;
        return;
      }
      const found = await store.read(listFoundDependencies);
      const inputs = watched.map((one) => ({
        ...verdictInputOf(one, covered.has(one.service.id)),
        found: found.get(one.service.id),
      }));
      const subjects = subjectsOf(inputs, now);
      const troubles = findTroubles(subjects);
      const changes = incidentChanges(
        known,
        troubles.map(({ root, symptoms }) => ({
          rootId: root.id,
          symptomIds: symptoms.map(({ id }) => id),
          maybePlanned: covered.size > 0 && mayBePlanned(root, subjects, now),
        })),
        watched.map(({ service, state }) => ({
          id: service.id,
          certain: certainOf(state.memory),
          covered: covered.has(service.id),
        })),
        now,
      );
      if (changes.length === 0) {
        kept = known;
        return;
      }
      const title = (rootId: string) => titleOf(troubles, rootId, now);
      const next = applyChanges<IncidentRow>(
        known,
        changes,
        now,
        (opened) => ({ ...opened, title: title(opened.rootId) }),
        randomUUID,
      );
      const changed = next.filter((incident) => !known.includes(incident));
      const opened = next.filter((incident) => !known.some((before) => before.id === incident.id));
      const names = new Map(watched.map(({ service }) => [service.id, service.name]));
      await store.write(async (writing) => {
        await writeIncidents(writing, changed);
        await insertEvents(writing, eventsOf(changes, opened, next, names, now));
      });
      kept = next;
    },
  };
}

/** What the board says of this trouble alone. */
function titleOf(troubles: readonly Trouble<Subject>[], rootId: string, now: number): string {
  const trouble = troubles.find(({ root }) => root.id === rootId);
  return trouble === undefined
    ? rootId
    : verdictOf(
        [trouble.root, ...trouble.symptoms].map(({ told }) => told),
        now,
      ).sentence;
}

/** What the timeline is told, in the order of the changes. */
function eventsOf(
  changes: readonly IncidentChange[],
  opened: readonly IncidentRow[],
  after: readonly IncidentRow[],
  names: ReadonlyMap<string, string>,
  at: number,
): NewEvent[] {
  const fresh = [...opened];
  const nameOf = (id: string) => names.get(id) ?? id;
  const titleOf = (id: string) => after.find((incident) => incident.id === id)?.title ?? id;
  return changes.map((change): NewEvent => {
    const told = { at, kind: "incident" as const };
    switch (change.type) {
      case "open": {
        const incident = fresh.shift();
        const text = `Incident opened: ${incident?.title ?? nameOf(change.rootId)}`;
        return { ...told, incidentId: incident?.id ?? null, serviceId: change.rootId, text };
      }
      case "reopen":
        return { ...told, incidentId: change.incidentId, text: `Incident opened again: ${titleOf(change.incidentId)}` };
      case "join":
        return {
          ...told,
          kind: "symptom",
          incidentId: change.incidentId,
          text: `${nameOf(change.serviceId)} suffers from it`,
        };
      case "leave": {
        const why = { well: "is well again", maintenance: "went into maintenance", gone: "is no longer watched" };
        return {
          ...told,
          kind: "symptom",
          incidentId: change.incidentId,
          text: `${nameOf(change.serviceId)} ${why[change.why]}`,
        };
      }
      case "root":
        return {
          ...told,
          kind: "symptom",
          incidentId: change.incidentId,
          text: `It starts at ${nameOf(change.rootId)}`,
        };
      case "merge":
        return { ...told, incidentId: change.incidentId, text: `It belongs to: ${titleOf(change.into)}` };
      case "resolve":
        return { ...told, incidentId: change.incidentId, text: `Incident resolved: ${titleOf(change.incidentId)}` };
      default:
        return change satisfies never;
    }
  });
}
