import type { Actor } from "#lib/access/actor.ts";
import { coversRefusal, seesSome } from "#lib/commands/covers-refusal.ts";
import { coversWords } from "#lib/core/planned.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { insertAudit } from "#lib/store/audit.ts";
import { insertEvents } from "#lib/store/events.ts";
import { findMaintenance, patchMaintenance } from "#lib/store/maintenance.ts";
import type { Store } from "#lib/store/open-store.ts";
import { listEveryService, serviceNames } from "#lib/store/services.ts";
import type { Refusal } from "#lib/wire/problem.ts";

const noSuchMaintenance: Refusal = { code: "not-found", detail: "There is no such maintenance" };

/** Ends planned work early, or calls off what has not begun. Trouble that is there counts from now on. Twice is fine. */
export async function endMaintenance(
  store: Store,
  actor: Actor,
  input: { readonly id: string },
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  return await store.write(async (writing) => {
    const row = await findMaintenance(writing, input.id);
    if (row === null) return err(noSuchMaintenance);
    const services = await listEveryService(writing);
    const refused = coversRefusal(actor, "end-maintenance", row.covers, services);
    if (refused !== null) return err(seesSome(actor, row.covers, services) ? refused : noSuchMaintenance);
    if (row.until <= now) return ok({ id: row.id });
    await patchMaintenance(writing, row.id, { endedAt: now, endedBy: actor.name });
    const names = await serviceNames(writing);
    const what = coversWords(row.covers, (id) => names.get(id) ?? id);
    const text = now < row.from ? `Maintenance of ${what} called off` : `Maintenance of ${what} ended early`;
    const [only] = row.covers.services.length === 1 ? row.covers.services : [];
    await insertEvents(writing, [
      { at: now, kind: "maintenance", actor: actor.name, text, ...(only === undefined ? {} : { serviceId: only }) },
    ]);
    const before = { covers: row.covers, note: row.note, until: row.until };
    await insertAudit(writing, { at: now, actor, command: "end-maintenance", target: what, before });
    return ok({ id: row.id });
  });
}
