import type { Actor } from "#lib/access/actor.ts";
import { runRefusal } from "#lib/commands/run-refusal.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done, unchanged } from "#lib/store/act.ts";
import type { ActingStore } from "#lib/store/open-store.ts";
import { findRun, patchRun } from "#lib/store/runs.ts";
import { noSuchRun } from "#lib/views/run-view.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import { isEnded } from "#lib/wire/run.ts";

/**
 * Asks the engine to stop a run: between steps at once, within a step as soon as the step lets it. What was changed by
 * then is told by the run's end state, not by this answer.
 */
export async function cancelRun(
  store: ActingStore,
  actor: Actor,
  input: { readonly runId: string },
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  const deed = { actor, command: "cancel-run", target: input.runId, at: now };
  return await store.act(deed, async (writing) => {
    const run = await findRun(writing, input.runId);
    if (run === null) return err(noSuchRun(input.runId));
    const refused = await runRefusal(writing, actor, "cancel-run", run);
    if (refused !== null) return err(refused);
    if (run.cancelRequested) return unchanged({ id: run.id });
    if (isEnded(run.state)) return err({ code: "conflict", detail: `The run is over: ${run.verdict ?? run.state}` });
    await patchRun(writing, run.id, { cancelRequested: true });
    const about = { target: run.serviceId, serviceId: run.serviceId, runId: run.id };
    return done({ id: run.id }, { ...about, before: { state: run.state } });
  });
}
