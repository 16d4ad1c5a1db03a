import type { Actor } from "#lib/access/actor.ts";
import { pollerSilence } from "#lib/commands/poller-alive.ts";
import { proofRefusal } from "#lib/commands/proof-refusal.ts";
import { busyWith } from "#lib/commands/run-conflict.ts";
import { runRefusal } from "#lib/commands/run-refusal.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done, unchanged } from "#lib/store/act.ts";
import { insertApproval } from "#lib/store/approvals.ts";
import type { ActingStore } from "#lib/store/open-store.ts";
import { findRun, patchRun, type RunPatch, type RunRow } from "#lib/store/runs.ts";
import { noSuchRun } from "#lib/views/run-view.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import { approvalForMs, approvalsNeeded, careFor, warningToHeed } from "#lib/wire/run.ts";

export interface Confirmation {
  readonly runId: string;
  /** Hash of the plan that the person saw. */
  readonly planHash: string;
  /** For what can hurt: the service's name, and why. Why also in spite of a warning to heed. */
  readonly typed?: string | undefined;
  readonly reason?: string | undefined;
}

/**
 * Confirms the very plan that was shown. A second confirmation of the same plan changes nothing and is fine. What asks for
 * a second person then waits for that one's approval.
 */
export async function confirmRun(
  store: ActingStore,
  actor: Actor,
  input: Confirmation,
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  const deed = { actor, command: "confirm-run", target: input.runId, at: now };
  const silence = await store.read(async (reading) => {
    const run = await findRun(reading, input.runId);
    const waits = run !== null && run.confirmedAt === null && whyNot(run, input, now) === null;
    return waits ? await pollerSilence(reading, now) : null;
  });
  if (silence !== null) return await store.refuse(deed, silence);
  return await store.act(deed, async (writing) => {
    const run = await findRun(writing, input.runId);
    if (run === null) return err(noSuchRun(input.runId));
    const refused = await runRefusal(writing, actor, "confirm-run", run);
    if (refused !== null) return err(refused);
    if (run.confirmedAt !== null && run.plan?.hash === input.planHash) return unchanged({ id: run.id });
    const refusal =
      whyNot(run, input, now) ?? (await proofRefusal(writing, actor, run.risk, now)) ?? (await busyWith(writing, run));
    if (refusal !== null) return err(refusal);
    const { planHash, reason } = input;
    const words = { reason: reason ?? run.reason, at: now, planHash, runId: run.id, by: actor };
    await insertApproval(writing, { ...words, slot: 0, word: "confirmed" });
    await patchRun(writing, run.id, { confirmedBy: actor.name, confirmedAt: now, ...approving(run, now) });
    const about = { target: run.serviceId, serviceId: run.serviceId, runId: run.id, reason: words.reason };
    return done(
      { id: run.id },
      { ...about, approvalId: `${run.id}/0`, before: { state: run.state }, after: { planHash } },
    );
  });
}

/** A plan that waits for a second person is good for as long as that one may take. */
function approving({ risk, plan }: RunRow, now: number): RunPatch {
  if (approvalsNeeded(risk) === 0 || plan === null) return {};
  return { state: "approving", plan: { ...plan, expiresAt: now + approvalForMs } };
}

function whyNot(run: RunRow, input: Confirmation, now: number): Refusal | null {
  if (run.state === "expired" || (run.state === "planned" && run.plan !== null && run.plan.expiresAt <= now)) {
    return { code: "plan-expired", detail: "The plan is too old: what it was made from may have changed. Plan again" };
  }
  if (run.cancelRequested) return { code: "conflict", detail: "The run is being cancelled" };
  if (run.state !== "planned" || run.plan === null) {
    return { code: "conflict", detail: `The run is ${run.state}: it does not wait for a confirmation` };
  }
  if (run.plan.hash !== input.planHash) {
    return { code: "plan-stale", detail: "The plan changed since it was shown. Look at it again" };
  }
  return notEnoughCare(run, input);
}

function notEnoughCare(run: RunRow, { typed, reason }: Confirmation): Refusal | null {
  const care = careFor(run.risk);
  const warned = warningToHeed(run);
  const unsaid = (reason ?? run.reason ?? "").trim() === "";
  if (warned !== undefined && unsaid) {
    const detail = `${warned.evidence}. Say why you go on all the same, as \`reason\``;
    return { code: "confirmation-needed", detail };
  }
  if (care === "one-click" || care === "plan") return null;
  if (typed?.trim() !== run.serviceName) {
    return {
      code: "confirmation-needed",
      detail: `It can hurt: send the service's name, ${run.serviceName}, as \`typed\``,
    };
  }
  if (unsaid) {
    return { code: "confirmation-needed", detail: "It can hurt: say why, as `reason`, for whoever reads it later" };
  }
  return null;
}
