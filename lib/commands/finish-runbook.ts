import type { Actor } from "#lib/access/actor.ts";
import { sightOf } from "#lib/access/sight.ts";
import { commentRefusal } from "#lib/commands/comment-incident.ts";
import { permittedSession } from "#lib/commands/permitted-session.ts";
import { aboutIncident, tellStep } from "#lib/commands/runbook-step.ts";
import { err, type Result } from "#lib/core/result.ts";
import type { KnowKind } from "#lib/integrations/known-kinds.ts";
import { done } from "#lib/store/act.ts";
import { insertEvents } from "#lib/store/events.ts";
import { findIncident, touchIncident } from "#lib/store/incidents.ts";
import type { ActingStore } from "#lib/store/open-store.ts";
import { findSession, patchSession } from "#lib/store/runbooks.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** Ends a following for everybody, and writes what came of it into the incident, if there are words for it. */
export async function finishRunbook(
  store: ActingStore,
  actor: Actor,
  input: { readonly sessionId: string; readonly summary: string },
  now: number,
  know: KnowKind,
): Promise<Result<{ readonly id: string }, Refusal>> {
  const { sessionId, summary } = input;
  const deed = { actor, command: "finish-runbook", target: sessionId, at: now };
  return await store.act<{ readonly id: string }>(deed, async (writing) => {
    const permitted = await permittedSession(writing, actor, "finish-runbook", sessionId);
    if (!permitted.ok) return permitted;
    const { title, serviceId } = permitted.value;
    const doing = { actor, now, sight: sightOf(actor), know };
    await tellStep(writing, permitted.value, doing, {
      kind: "finished",
      text: `Runbook “${title}” finished`,
      told: "runbook",
    });
    const incidentId = (await findSession(writing, sessionId))?.incidentId ?? null;
    await patchSession(writing, sessionId, {
      finishedAt: now,
      finishedBy: actor.name,
      summary: summary === "" ? null : summary,
    });
    if (summary !== "" && incidentId !== null) {
      const incident = await findIncident(writing, incidentId);
      const refused = incident === null ? null : await commentRefusal(writing, actor, incident);
      if (refused !== null) return err(refused);
      await insertEvents(writing, [{ at: now, kind: "comment", actor: actor.name, text: summary, incidentId }]);
      await touchIncident(writing, incidentId);
    }
    return done({ id: sessionId }, { serviceId, ...aboutIncident({ incidentId }), after: { runbook: title, summary } });
  });
}
