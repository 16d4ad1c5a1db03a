import { randomUUID } from "node:crypto";
import type { z } from "zod";
import type { Actor } from "#lib/access/actor.ts";
import { sightOf } from "#lib/access/sight.ts";
import { coversRefusal } from "#lib/commands/covers-refusal.ts";
import { formatDuration } from "#lib/core/duration.ts";
import { coversWords } from "#lib/core/planned.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done } from "#lib/store/act.ts";
import { insertEvents } from "#lib/store/events.ts";
import { insertMaintenance } from "#lib/store/maintenance.ts";
import type { ActingStore } from "#lib/store/open-store.ts";
import { listServices } from "#lib/store/services.ts";
import { noSuchService } from "#lib/views/service-view.ts";
import type { maintenanceRequest } from "#lib/wire/planned.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** Begins planned work now: the trouble of what it covers does not count until it ends. Checking goes on. */
export async function beginMaintenance(
  store: ActingStore,
  actor: Actor,
  input: z.infer<typeof maintenanceRequest>,
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  const deed = { actor, command: "begin-maintenance", target: targetOf(input), at: now, reason: input.note };
  return await store.act(deed, async (writing) => {
    const services = await listServices(writing);
    const { note, forMs, ...covers } = input;
    const known = services.filter(sightOf(actor).sees);
    const stranger = covers.services.find((id) => !known.some((service) => service.id === id));
    if (stranger !== undefined) return err(noSuchService(stranger));
    const strange = covers.groups.find((group) => !known.some((service) => service.group === group));
    if (strange !== undefined) return err({ code: "not-found", detail: `There is no group ${strange.slice(0, 100)}` });
    const refused = coversRefusal(actor, "begin-maintenance", covers, services);
    if (refused !== null) return err(refused);
    const id = randomUUID();
    await insertMaintenance(writing, [
      { id, origin: "hand", windowKey: null, covers, note, from: now, until: now + forMs, by: actor.name, toldAt: now },
    ]);
    const what = coversWords(covers, (one) => services.find((service) => service.id === one)?.name ?? one);
    const text = `Maintenance of ${what} for ${formatDuration(forMs)}${note === "" ? "" : `: ${note}`}`;
    const [only] = covers.services.length === 1 ? covers.services : [];
    await insertEvents(writing, [
      { at: now, kind: "maintenance", actor: actor.name, text, ...(only === undefined ? {} : { serviceId: only }) },
    ]);
    return done(
      { id },
      { target: what, after: { id, covers, until: now + forMs }, ...(only === undefined ? {} : { serviceId: only }) },
    );
  });
}

function targetOf({ services, groups, nodes }: z.infer<typeof maintenanceRequest>): string {
  return [...services, ...groups, ...nodes].join(", ");
}
