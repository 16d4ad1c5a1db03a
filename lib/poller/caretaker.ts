import { systemActor } from "#lib/access/actor.ts";
import { type CareChange, type CaredService, careChanges, coveredAt, plannedNodesAt } from "#lib/core/care.ts";
import { certainOf } from "#lib/core/certain.ts";
import { createIncidentKeeper } from "#lib/poller/incident-keeper.ts";
import type { Loop } from "#lib/poller/loop.ts";
import type { Planned } from "#lib/poller/planned.ts";
import { createPlanner, type Planner } from "#lib/poller/planner.ts";
import type { Watched } from "#lib/poller/watched.ts";
import { insertAudit } from "#lib/store/audit.ts";
import { listConfirmChoices } from "#lib/store/confirm-choices.ts";
import { insertEvents } from "#lib/store/events.ts";
import { openMaintenance, patchMaintenance, toldMaintenance } from "#lib/store/maintenance.ts";
import { endMute, unendedMutes } from "#lib/store/mutes.ts";
import type { Reading, Store, Writing } from "#lib/store/open-store.ts";
import { hasCare } from "#lib/store/pending.ts";

/** Carries out what people, time and recovery do to how services are judged, then follows the incidents. */
export interface Caretaker {
  /** The windows of the configuration, from now on. */
  readonly plan: Planner["plan"];
  readonly step: () => Promise<void>;
}

export function createCaretaker(store: Store, loop: Loop, planned: Planned, now: () => number): Caretaker {
  const incidents = createIncidentKeeper(store);
  const planner = createPlanner(store, now);
  let covered: ReadonlySet<string> = new Set();

  return {
    plan: planner.plan,
    step: async () => {
      await planner.step();
      const at = now();
      const known = hasCare(store.history, at) ? await store.read((reading) => readKnown(reading, at)) : nothing;
      loop.confirmBy(new Map(known.choices.map(({ serviceId, confirm }) => [serviceId, confirm])));
      const watched = [...loop.watched().values()];
      const changes = known === nothing ? [] : careChanges(known, watched.map(caredOf), at);
      if (changes.length > 0) await store.write((writing) => carryOut(writing, changes, at));
      const next = coveredAt(
        known.maintenance,
        watched.map(({ service }) => service),
        at,
      );
      planned.plan(next, plannedNodesAt(known.maintenance, at));
      const uncovered = [...covered].filter((id) => !next.has(id));
      covered = next;
      if (uncovered.length > 0) loop.countAnew(uncovered, at);
      await incidents.step(watched, covered, at);
    },
  };
}

const nothing: Awaited<ReturnType<typeof readKnown>> = { maintenance: [], mutes: [], choices: [] };

async function readKnown(reading: Reading, at: number) {
  const open = await openMaintenance(reading, at, at);
  const ids = new Set(open.map((row) => row.id));
  const over = (await toldMaintenance(reading)).filter((row) => !ids.has(row.id));
  const choices = await listConfirmChoices(reading);
  return { maintenance: [...open, ...over], mutes: await unendedMutes(reading), choices };
}

function caredOf({ service, integration: { manifest }, state }: Watched): CaredService {
  const wellSince = certainOf(state.memory) === "well" ? state.since : null;
  const { detail } = state;
  const found = manifest.members === undefined ? [] : detail === null ? null : manifest.members(detail);
  const nodes = found === null ? null : [...manifest.nodes(service.config), ...found];
  return { id: service.id, name: service.name, group: service.group, nodes, wellSince };
}

async function carryOut(writing: Writing, changes: readonly CareChange[], now: number): Promise<void> {
  for (const change of changes) {
    switch (change.type) {
      case "maintenance-began":
        await patchMaintenance(writing, change.id, { toldAt: now });
        await insertAudit(writing, { ...byClock("begin-maintenance", change), at: now });
        await insertEvents(writing, [{ at: now, kind: "maintenance", serviceId: change.serviceId, text: change.text }]);
        break;
      case "maintenance-over":
        await patchMaintenance(writing, change.id, { endedAt: change.at, endedBy: "time" });
        await insertAudit(writing, { ...byClock("end-maintenance", change), at: now });
        await insertEvents(writing, [
          { at: change.at, kind: "maintenance", serviceId: change.serviceId, text: change.text },
        ]);
        break;
      case "mute-over":
        await endMute(writing, change.id, change.at, change.by);
        await insertAudit(writing, {
          ...byClock(change.kind === "silence" ? "end-silence" : "end-acknowledge", change),
          at: now,
        });
        await insertEvents(writing, [
          { at: change.at, kind: change.kind, serviceId: change.serviceId, text: change.text },
        ]);
        break;
      default:
        change satisfies never;
    }
  }
}

/** What time or recovery did by itself, so that the log says why trouble began or ceased to count. */
function byClock(command: string, change: CareChange) {
  const { id, text, serviceId } = change;
  const told = {
    command,
    target: serviceId ?? id,
    after: { id, text, at: change.type === "maintenance-began" ? null : change.at },
  };
  return {
    ...told,
    actor: systemActor("clock"),
    ...(serviceId === undefined || serviceId === null ? {} : { serviceId }),
  };
}
