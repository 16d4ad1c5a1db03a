import type { Actor } from "#lib/access/actor.ts";
import { sightOf } from "#lib/access/sight.ts";
import { permittedSession } from "#lib/commands/permitted-session.ts";
import { type Doing, stepOf, tellStep, walkNow } from "#lib/commands/runbook-step.ts";
import type { KnowKind } from "#lib/integrations/known-kinds.ts";
import type { Writing } from "#lib/store/open-store.ts";
import type { NewRun } from "#lib/store/runs.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import type { RunbookOfRun } from "#lib/wire/runbook-mark.ts";

/** Ties a run to the step of a runbook that it is started from; why it cannot be, or `null`. */
export async function linkRun(
  writing: Writing,
  actor: Actor,
  run: NewRun,
  from: { readonly runbook: RunbookOfRun | undefined; readonly know: KnowKind | undefined; readonly now: number },
): Promise<Refusal | null> {
  const { runbook, know, now } = from;
  if (runbook === undefined) return null;
  if (know === undefined) throw new Error("a run of a runbook is requested with what is known of the kinds");
  const permitted = await permittedSession(writing, actor, "mark-runbook", runbook.session);
  if (!permitted.ok) return permitted.error;
  const doing: Doing = { actor, now, sight: sightOf(actor), know };
  const { walk } = await walkNow(writing, permitted.value, doing);
  const step = stepOf(walk, runbook.step);
  if (step?.kind !== "action")
    return { code: "not-found", detail: `The runbook has no action at step ${runbook.step}` };
  const meant = step.aims.some(({ action, serviceId }) => action === run.action && serviceId === run.serviceId);
  if (!meant) return { code: "conflict", detail: `“${run.title}” of ${run.serviceName} is not what this step is for` };
  const text = `Runbook “${permitted.value.title}”: ${run.title} started`;
  await tellStep(writing, permitted.value, doing, { kind: "ran", text, step: runbook.step, runId: run.id });
  return null;
}
