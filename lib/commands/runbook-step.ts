import type { Actor } from "#lib/access/actor.ts";
import type { Sight } from "#lib/access/sight.ts";
import type { MarkKind } from "#lib/core/runbook-marks.ts";
import type { StepTold, Walk } from "#lib/core/runbook-told.ts";
import type { KnowKind } from "#lib/integrations/known-kinds.ts";
import { insertEvents } from "#lib/store/events.ts";
import { incidentsAt, touchIncident } from "#lib/store/incidents.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
import { insertMark, patchSession, type SessionRow } from "#lib/store/runbooks.ts";
import { findService } from "#lib/store/services.ts";
import { readBoards } from "#lib/views/board-view.ts";
import { walkIt } from "#lib/views/runbook-view.ts";
import type { TimelineEvent } from "#lib/wire/timeline.ts";

/** Who does something at a step, when, and what he may see of the board meanwhile. */
export interface Doing {
  readonly actor: Actor;
  readonly now: number;
  readonly sight: Sight;
  readonly know: KnowKind;
}

export interface Deed {
  readonly kind: MarkKind;
  /** For the timeline of the service and of the incident. */
  readonly text: string;
  readonly told?: Extract<TimelineEvent["kind"], "runbook" | "runbook-step">;
  readonly step?: string;
  readonly note?: string | null;
  readonly word?: string | null;
  readonly runId?: string | null;
}

/** How the runbook stands for him right now. */
export async function walkNow(writing: Writing, session: SessionRow, { sight, now, know }: Doing) {
  const boards = await readBoards(writing, sight, now);
  const known = await findService(writing, session.serviceId);
  const service = known ?? { id: session.serviceId, name: session.serviceId, group: null };
  const about = { service, runbook: session.runbook, session, boards, at: now, past: false };
  return await walkIt(writing, about, know);
}

/** Writes what was done, with what the checks said at that moment, into the session and on the timelines. */
export async function tellStep(writing: Writing, session: SessionRow, doing: Doing, deed: Deed): Promise<void> {
  const { actor, now } = doing;
  const { walk, rootId } = await walkNow(writing, session, doing);
  const { kind, text, told = "runbook-step", step = null, note = null, word = null, runId = null } = deed;
  const incidentId = session.incidentId ?? (await joinIncident(writing, session, now));
  await insertMark(writing, session.id, {
    at: now,
    kind,
    by: actor.name,
    step,
    note,
    word,
    runId,
    seen: walk.seen,
    rootId,
  });
  const link = `/runbooks/${session.id}`;
  const about = { serviceId: session.serviceId, incidentId, actor: actor.name, link };
  await insertEvents(writing, [{ at: now, kind: told, text, ...about, ...(runId === null ? {} : { runId }) }]);
  if (incidentId !== null) await touchIncident(writing, incidentId);
}

/** An incident opens when trouble is confirmed; who was quicker is put into it with what he does next. */
async function joinIncident(writing: Writing, { id, serviceId }: SessionRow, now: number): Promise<string | null> {
  const incidentId = await incidentOf(writing, serviceId, now);
  if (incidentId !== null) await patchSession(writing, id, { incidentId });
  return incidentId;
}

/** The open incident that the service is part of; the newest, should there be several. */
export async function incidentOf(reading: Reading, serviceId: string, now: number): Promise<string | null> {
  const open = await incidentsAt(reading, now);
  return open.findLast(({ members }) => members.some((member) => member.serviceId === serviceId))?.id ?? null;
}

/** For the audit row, where there is an incident. */
export function aboutIncident({ incidentId }: Pick<SessionRow, "incidentId">): { readonly incidentId?: string } {
  return incidentId === null ? {} : { incidentId };
}

/** The step of that id, however deep. */
export function stepOf({ steps }: Pick<Walk, "steps">, id: string): StepTold | undefined {
  for (const step of steps) {
    if (step.id === id) return step;
    for (const branch of step.branches) {
      const found = stepOf(branch, id);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
