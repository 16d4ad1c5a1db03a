import type { Actor } from "#lib/access/actor.ts";
import { pollerSilence } from "#lib/commands/poller-alive.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { insertAudit } from "#lib/store/audit.ts";
import type { Store } from "#lib/store/open-store.ts";
import { findRun, patchRun, type RunRow } from "#lib/store/runs.ts";
import { noSuchRun } from "#lib/views/run-view.ts";
import type { Refusal } from "#lib/wire/problem.ts";

export interface Confirmation {
  readonly runId: string;
  /** Hash of the plan that the person saw. */
  readonly planHash: string;
}

/** Confirms the very plan that was shown. A second confirmation of the same plan changes nothing and is fine. */
export async function confirmRun(
  store: Store,
  actor: Actor,
  input: Confirmation,
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  const silence = await store.read(async (reading) => {
    const run = await findRun(reading, input.runId);
    const waits = run !== null && run.confirmedAt === null && whyNot(run, input.planHash, now) === null;
    return waits ? await pollerSilence(reading, now) : null;
  });
  if (silence !== null) return err(silence);
  return await store.write(async (writing) => {
    const run = await findRun(writing, input.runId);
    if (run === null) return err(noSuchRun(input.runId));
    if (run.confirmedAt !== null && run.plan?.hash === input.planHash) return ok({ id: run.id });
    const refusal = whyNot(run, input.planHash, now);
    if (refusal !== null) return err(refusal);
    await patchRun(writing, run.id, { confirmedBy: actor.name, confirmedAt: now });
    await insertAudit(writing, {
      at: now,
      actor,
      command: "confirm-run",
      target: run.serviceId,
      before: { state: run.state },
      after: { planHash: input.planHash },
      runId: run.id,
    });
    return ok({ id: run.id });
  });
}

function whyNot(run: RunRow, planHash: string, now: number): Refusal | null {
  if (run.state === "expired" || (run.state === "planned" && run.plan !== null && run.plan.expiresAt <= now)) {
    return { code: "plan-expired", detail: "The plan is too old: what it was made from may have changed. Plan again" };
  }
  if (run.cancelRequested) return { code: "conflict", detail: "The run is being cancelled" };
  if (run.state !== "planned" || run.plan === null) {
    return { code: "conflict", detail: `The run is ${run.state}: it does not wait for a confirmation` };
  }
  if (run.plan.hash !== planHash) {
    return { code: "plan-stale", detail: "The plan changed since it was shown. Look at it again" };
  }
  return null;
}
