import { randomUUID } from "node:crypto";
import type { Actor } from "#lib/access/actor.ts";
import { sightOf } from "#lib/access/sight.ts";
import { permittedService } from "#lib/commands/permitted-service.ts";
import { aboutIncident, incidentOf, tellStep } from "#lib/commands/runbook-step.ts";
import { err, type Result } from "#lib/core/result.ts";
import { followersOf } from "#lib/core/runbook-marks.ts";
import type { KnowKind } from "#lib/integrations/known-kinds.ts";
import { done, unchanged } from "#lib/store/act.ts";
import type { ActingStore } from "#lib/store/open-store.ts";
import { findSessionAt, insertSession, listMarks, type SessionRow } from "#lib/store/runbooks.ts";
import { findRunbook, noSuchRunbook } from "#lib/views/runbook-view.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** Begins to follow a runbook for a service, or joins whoever does: there is one following of it at a time. */
export async function startRunbook(
  store: ActingStore,
  actor: Actor,
  input: { readonly serviceId: string; readonly runbookId: string },
  now: number,
  know: KnowKind,
): Promise<Result<{ readonly id: string }, Refusal>> {
  const { serviceId, runbookId } = input;
  const deed = { actor, command: "start-runbook", target: serviceId, serviceId, at: now };
  return await store.act<{ readonly id: string }>(deed, async (writing) => {
    const permitted = await permittedService(writing, actor, "start-runbook", serviceId);
    if (!permitted.ok) return permitted;
    const service = permitted.value;
    const open = await findSessionAt(writing, { serviceId, runbookId }, now);
    if (open !== null) {
      const follows = followersOf(await listMarks(writing, open.id, now)).some(({ name }) => name === actor.name);
      if (follows) return unchanged({ id: open.id });
      const text = `${actor.name} joined the runbook “${open.title}”`;
      await tellStep(writing, open, { actor, now, sight: sightOf(actor), know }, { kind: "joined", text });
      return done({ id: open.id }, { after: { session: open.id, joined: true }, ...aboutIncident(open) });
    }
    const runbook = await findRunbook(writing, service, runbookId, know);
    if (runbook === null) return err(noSuchRunbook(runbookId));
    const session = {
      id: randomUUID(),
      runbookId,
      serviceId,
      title: runbook.title,
      runbook,
      incidentId: await incidentOf(writing, serviceId, now),
      startedAt: now,
      startedBy: actor.name,
    };
    await insertSession(writing, session);
    const row: SessionRow = { ...session, finishedAt: null, finishedBy: null, summary: null, seq: writing.seq };
    const text = `Runbook “${runbook.title}” begun for ${service.name}`;
    await tellStep(
      writing,
      row,
      { actor, now, sight: sightOf(actor), know },
      { kind: "joined", text, told: "runbook" },
    );
    return done({ id: session.id }, { after: { session: session.id, runbook: runbookId }, ...aboutIncident(session) });
  });
}
