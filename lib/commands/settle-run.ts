import type { Actor } from "#lib/access/actor.ts";
import { runRefusal } from "#lib/commands/run-refusal.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done } from "#lib/store/act.ts";
import { clearAlarm, leftAlarm } from "#lib/store/alarms.ts";
import { insertEvents } from "#lib/store/events.ts";
import type { ActingStore } from "#lib/store/open-store.ts";
import { findRun, patchRun } from "#lib/store/runs.ts";
import { noSuchRun } from "#lib/views/run-view.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import { isEnded } from "#lib/wire/run.ts";

/**
 * Somebody looked at what a run left and says how it is: that ends its alarm, and the time that the same action would have
 * to wait.
 */
export async function settleRun(
  store: ActingStore,
  actor: Actor,
  input: { readonly runId: string; readonly words: string },
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  const deed = { actor, command: "settle-run", target: input.runId, reason: input.words, at: now };
  return await store.act(deed, async (writing) => {
    const run = await findRun(writing, input.runId);
    if (run === null) return err(noSuchRun(input.runId));
    const forbidden = await runRefusal(writing, actor, "settle-run", run);
    if (forbidden !== null) return err(forbidden);
    if (!isEnded(run.state))
      return err({ code: "conflict", detail: "The run goes on: there is nothing to settle yet" });
    if (run.settled !== null) {
      return err({ code: "conflict", detail: `${run.settled.by} has settled it: ${run.settled.words}` });
    }
    const { words } = input;
    await patchRun(writing, run.id, { settled: { at: now, by: actor.name, words } });
    await clearAlarm(writing, run.serviceId, leftAlarm(run.id));
    const text = `${run.title} settled: ${words}`;
    const about = { at: now, kind: "run" as const, serviceId: run.serviceId, runId: run.id };
    await insertEvents(writing, [{ ...about, actor: actor.name, text }]);
    const told = { target: run.serviceId, serviceId: run.serviceId, runId: run.id };
    return done({ id: run.id }, { ...told, before: { left: run.left }, after: { words } });
  });
}
