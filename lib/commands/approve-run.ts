import { type Actor, isSamePerson } from "#lib/access/actor.ts";
import { proofRefusal } from "#lib/commands/proof-refusal.ts";
import { runRefusal } from "#lib/commands/run-refusal.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done } from "#lib/store/act.ts";
import { insertApproval, listApprovals } from "#lib/store/approvals.ts";
import type { ActingStore } from "#lib/store/open-store.ts";
import { findRun, patchRun, type RunRow } from "#lib/store/runs.ts";
import { noSuchRun } from "#lib/views/run-view.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import { approvalsNeeded } from "#lib/wire/run.ts";

export interface ApprovalGiven {
  readonly runId: string;
  /** Hash of the plan that the person saw. */
  readonly planHash: string;
  readonly word: "approved" | "denied";
  readonly reason?: string | undefined;
}

/**
 * A second person's word on a plan that was confirmed. Who asked for it or confirmed it cannot give it, whatever session he
 * uses. It counts once, for this plan alone: what is sent again, or comes second for the last place, is a conflict.
 */
export async function approveRun(
  store: ActingStore,
  actor: Actor,
  input: ApprovalGiven,
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  const { planHash, word, reason = null } = input;
  const deed = { actor, command: "approve-run", target: input.runId, reason, at: now };
  return await store.act(deed, async (writing) => {
    const run = await findRun(writing, input.runId);
    if (run === null) return err(noSuchRun(input.runId));
    const forbidden = await runRefusal(writing, actor, "approve-run", run);
    if (forbidden !== null) return err(forbidden);
    const before = await listApprovals(writing, run.id);
    const given = before.filter(({ slot }) => slot > 0);
    const last = given.at(-1);
    if (last !== undefined && given.length >= approvalsNeeded(run.risk)) {
      return err({ code: "conflict", detail: `${last.by.name} has ${last.word} it already; one word counts once` });
    }
    const refusal = whyNot(run, input, now) ?? (await proofRefusal(writing, actor, run.risk, now));
    if (refusal !== null) return err(refusal);
    if (actor.kind !== "person") return err({ code: "forbidden", detail: "Only a person can approve" });
    const own = isSamePerson(actor, run.actor) || before.some(({ by }) => isSamePerson(actor, by));
    if (own)
      return err({ code: "forbidden", detail: "Somebody else must approve it: you asked for it or confirmed it" });
    const slot = given.length + 1;
    await insertApproval(writing, { runId: run.id, slot, planHash, word, by: actor, reason, at: now });
    // Its readers wait for its number.
    await patchRun(writing, run.id, {});
    const about = { target: run.serviceId, serviceId: run.serviceId, runId: run.id, approvalId: `${run.id}/${slot}` };
    return done({ id: run.id }, { ...about, before: { state: run.state }, after: { planHash, word } });
  });
}

function whyNot(run: RunRow, { planHash }: ApprovalGiven, now: number): Refusal | null {
  if (run.cancelRequested) return { code: "conflict", detail: "The run is being cancelled" };
  if (run.state !== "approving" || run.plan === null) {
    return { code: "conflict", detail: `The run is ${run.state}: it does not wait for an approval` };
  }
  if (run.plan.expiresAt <= now) {
    return {
      code: "plan-expired",
      detail: "It waited too long: what the plan was made from may have changed. Plan again",
    };
  }
  if (run.plan.hash !== planHash) {
    return { code: "plan-stale", detail: "The plan changed since it was shown. Look at it again" };
  }
  return null;
}
