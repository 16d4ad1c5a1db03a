import type { Failure, FailureKind } from "#lib/core/failure.ts";
import type { ActionPlan, Risk, Step } from "#lib/integrations/integration.ts";
import type { Aftermath, RunCheck, RunState, RunStep } from "#lib/wire/run.ts";

/** What a check saw is good for this long; before the first step it is seen again. */
export const evidenceFreshMs = 5_000;
/** A request that no poller took for this long is not carried out any more: nobody expects it now. */
export const requestLifetimeMs = 60_000;

/** The checks that forbid to go on. What could not be seen forbids everything that can hurt. */
export function blockers(checks: readonly RunCheck[], risk: Risk): RunCheck[] {
  return checks.filter((check) => check.verdict === "block" || (check.verdict === "unknown" && risk !== "none"));
}

/** One sentence that lists every reason. */
export function refusalOf(blocking: readonly RunCheck[]): string {
  const reasons = blocking.map((check) => `${check.title}: ${check.evidence}`);
  return `Refused, nothing was changed. ${reasons.join("; ")}`;
}

export function isFresh(checks: readonly RunCheck[], now: number): boolean {
  return checks.length > 0 && checks.every((check) => now - check.at <= evidenceFreshMs);
}

/** The steps of a plan as a run keeps them: those in order, then those that are done whatever becomes of it. */
export function allSteps(plan: Pick<ActionPlan, "steps" | "finally">): readonly Step[] {
  return [...plan.steps, ...(plan.finally ?? [])];
}

/** The step to do next of the first `count`; `null` when all are done. A step that was ever begun is never done again. */
export function nextStep(steps: readonly RunStep[], count: number): number | null {
  const at = steps.findIndex((step, index) => index < count && step.state !== "done");
  return at >= 0 && steps[at]?.state === "waiting" ? at : null;
}

/** Whether the step at `at` belongs to a group whose point of no return is behind: then it is done, whoever cancels. */
export function finishesForward(planned: readonly Step[], steps: readonly RunStep[], at: number): boolean {
  const group = planned[at]?.group;
  return planned.some((step, index) => index < at && step.noReturn && step.group === group && wasBegun(steps[index]));
}

/** Places of the steps to undo, last first: of those whose effect stands or may stand, since the last point of no return. */
export function toUndo(
  planned: readonly Step[],
  steps: readonly RunStep[],
  broken: { readonly at: number | null; readonly aftermath: Aftermath },
): number[] {
  const after = lastFinal(planned, steps);
  const places = [...planned.keys()].filter((at) => {
    const stands = steps[at]?.state === "done" || (at === broken.at && broken.aftermath !== "untouched");
    return at > after && stands && planned[at]?.undo !== undefined && !isOver(planned, steps, at);
  });
  return places.reverse();
}

/** Place up to which nothing is undone any more; -1 when there is none. A group that came through is final as a whole. */
function lastFinal(planned: readonly Step[], steps: readonly RunStep[]): number {
  const finals = planned.flatMap((step, at) => {
    if (!step.noReturn || !wasBegun(steps[at])) return [];
    const places = [...planned.keys()].filter((other) => planned[other]?.group === step.group);
    return places.every((other) => steps[other]?.state === "done") ? [Math.max(...places)] : [at];
  });
  return Math.max(-1, ...finals);
}

/** Whether a later step took the effect back, or this is the step that took back an earlier one. */
export function isOver(planned: readonly Step[], steps: readonly RunStep[], at: number): boolean {
  const id = planned[at]?.id ?? "";
  const takenBack = planned.some((step, index) => step.ends?.includes(id) && steps[index]?.state === "done");
  return takenBack || (planned[at]?.ends !== undefined && steps[at]?.state === "done");
}

function wasBegun(step: RunStep | undefined): boolean {
  if (step?.state === "failed") return step.aftermath !== "untouched";
  return step?.state === "done" || step?.state === "running";
}

/** What a failed step left behind. `left`: it did not end when it was told to. */
export function aftermathOf(failed: Failure, left: boolean): Aftermath {
  if (left || failed.mayStillRun) return "may-still-run";
  return failed.provenGone ? "ended" : aftermathOfKind(failed.kind);
}

/** Failures that come before the target did anything, those of a target that answered, and those that leave it open. */
function aftermathOfKind(kind: FailureKind): Aftermath {
  switch (kind) {
    case "timeout":
    case "stalled":
    case "reset":
    case "aborted":
    case "internal":
    case "not-heard":
    case "cannot-see":
    case "damaged":
      return "unclear";
    case "command-failed":
    case "malformed":
    case "too-large":
    case "too-much-work":
    case "bad-encoding":
    case "wrong-content-type":
    case "redirect-loop":
      return "ended";
    case "refused":
    case "unreachable":
    case "name-not-found":
    case "not-http":
    case "tls":
    case "unauthorized":
    case "forbidden":
    case "missing-grant":
    case "too-many-connections":
    case "starting-up":
    case "unsupported-version":
    case "host-key-unknown":
    case "host-key-changed":
    case "sudo-required":
    case "command-not-found":
    case "not-running":
    case "ambiguous-instance":
    case "no-such-object":
    case "bastion-failed":
    case "secret-missing":
    case "not-allowed":
      return "untouched";
    default:
      return kind satisfies never;
  }
}

/** Where a run ends that did not do all its steps. `partial`: something of it still stands. */
export function endOfBroken(
  why: "failed" | "cancelled" | "crashed",
  aftermath: Aftermath,
  undone: boolean,
  partial: boolean,
): RunState {
  if (aftermath === "may-still-run") return "unknown";
  const changed = partial || (aftermath !== "untouched" && !undone);
  if (why === "cancelled") return changed ? "cancelled-partial" : "cancelled-clean";
  if (aftermath === "unclear" && !undone) return "unknown";
  return changed ? "failed-partial" : "failed-clean";
}
