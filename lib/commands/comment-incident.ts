import type { Actor } from "#lib/access/actor.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { insertAudit } from "#lib/store/audit.ts";
import { insertEvents } from "#lib/store/events.ts";
import { findIncident, touchIncident } from "#lib/store/incidents.ts";
import type { Store } from "#lib/store/open-store.ts";
import { noSuchIncident } from "#lib/views/incident-view.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** Writes what a person has to say into an incident's timeline, open or resolved. */
export async function commentIncident(
  store: Store,
  actor: Actor,
  input: { readonly id: string; readonly text: string },
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  return await store.write(async (writing) => {
    const incident = await findIncident(writing, input.id);
    if (incident === null) return err(noSuchIncident(input.id));
    const event = { at: now, kind: "comment" as const, actor: actor.name, text: input.text, incidentId: incident.id };
    await insertEvents(writing, [event]);
    await touchIncident(writing, incident.id);
    await insertAudit(writing, {
      at: now,
      actor,
      command: "comment-incident",
      target: incident.id,
      after: { text: input.text },
    });
    return ok({ id: incident.id });
  });
}
