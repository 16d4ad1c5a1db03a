import type { Actor } from "#lib/access/actor.ts";
import { coversRefusal, seesSome } from "#lib/commands/covers-refusal.ts";
import { coversWords } from "#lib/core/planned.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done, unchanged } from "#lib/store/act.ts";
import { insertEvents } from "#lib/store/events.ts";
import { findMaintenance, patchMaintenance } from "#lib/store/maintenance.ts";
import type { ActingStore } from "#lib/store/open-store.ts";
import { listEveryService, serviceNames } from "#lib/store/services.ts";
import type { Refusal } from "#lib/wire/problem.ts";

const noSuchMaintenance: Refusal = { code: "not-found", detail: "There is no such maintenance" };

/** Ends planned work early, or calls off what has not begun. Trouble that is there counts from now on. Twice is fine. */
export async function endMaintenance(
  store: ActingStore,
  actor: Actor,
  input: { readonly id: string },
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  const deed = { actor, command: "end-maintenance", target: input.id, at: now };
  return await store.act(deed, async (writing) => {
    const row = await findMaintenance(writing, input.id);
    if (row === null) return err(noSuchMaintenance);
    const services = await listEveryService(writing);
    const refused = coversRefusal(actor, "end-maintenance", row.covers, services);
    if (refused !== null) return err(seesSome(actor, row.covers, services) ? refused : noSuchMaintenance);
    if (row.until <= now) return unchanged({ id: row.id });
    await patchMaintenance(writing, row.id, { endedAt: now, endedBy: actor.name });
    const names = await serviceNames(writing);
    const what = coversWords(row.covers, (id) => names.get(id) ?? id);
    const text = now < row.from ? `Maintenance of ${what} called off` : `Maintenance of ${what} ended early`;
    const [only] = row.covers.services.length === 1 ? row.covers.services : [];
    await insertEvents(writing, [
      { at: now, kind: "maintenance", actor: actor.name, text, ...(only === undefined ? {} : { serviceId: only }) },
    ]);
    const before = { id: row.id, covers: row.covers, note: row.note, until: row.until };
    return done({ id: row.id }, { target: what, before, ...(only === undefined ? {} : { serviceId: only }) });
  });
}
