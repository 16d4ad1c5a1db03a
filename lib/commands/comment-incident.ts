import type { Actor } from "#lib/access/actor.ts";
import { commandRefusal } from "#lib/access/allowed.ts";
import { sightOf } from "#lib/access/sight.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done } from "#lib/store/act.ts";
import { insertEvents } from "#lib/store/events.ts";
import { findIncident, type StoredIncident, touchIncident } from "#lib/store/incidents.ts";
import type { ActingStore, Writing } from "#lib/store/open-store.ts";
import { listEveryService } from "#lib/store/services.ts";
import { noSuchIncident } from "#lib/views/incident-view.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** Writes what a person has to say into an incident's timeline, open or resolved. */
export async function commentIncident(
  store: ActingStore,
  actor: Actor,
  input: { readonly id: string; readonly text: string },
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  const deed = { actor, command: "comment-incident", target: input.id, at: now };
  return await store.act(deed, async (writing) => {
    const incident = await findIncident(writing, input.id);
    if (incident === null) return err(noSuchIncident(input.id));
    const refused = await commentRefusal(writing, actor, incident);
    if (refused !== null) return err(refused);
    const event = { at: now, kind: "comment" as const, actor: actor.name, text: input.text, incidentId: incident.id };
    await insertEvents(writing, [event]);
    await touchIncident(writing, incident.id);
    const about = { incidentId: incident.id, serviceId: incident.rootId };
    return done({ id: incident.id }, { ...about, after: { text: input.text } });
  });
}

/** A comment is read by all who see the incident whole, so it takes the right over each of its services. */
export async function commentRefusal(
  writing: Writing,
  actor: Actor,
  { id, members }: StoredIncident,
): Promise<Refusal | null> {
  const ids = new Set(members.map(({ serviceId }) => serviceId));
  const services = (await listEveryService(writing)).filter((service) => ids.has(service.id));
  if (!sightOf(actor).whole && !services.some(sightOf(actor).sees)) return noSuchIncident(id);
  for (const service of services) {
    const refused = commandRefusal(actor, "comment-incident", service);
    if (refused !== null) return sightOf(actor).sees(service) ? refused : hiddenPart;
  }
  return null;
}

const hiddenPart: Refusal = {
  code: "forbidden",
  detail: "Part of this incident lies in services you may not see: it takes a role over all of it to comment",
};
