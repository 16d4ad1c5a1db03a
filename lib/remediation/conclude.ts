import type { Failure } from "#lib/core/failure.ts";
import type { ActionPlan } from "#lib/integrations/integration.ts";
import { allSteps, endOfBroken, isOver } from "#lib/remediation/policy.ts";
import type { Aftermath, RunState, RunStep } from "#lib/wire/run.ts";

export type Executed =
  | { readonly kind: "done" }
  /** A dry run came as far as it may; `before` is the step that it did not take, `null` when none changes anything. */
  | { readonly kind: "rehearsed"; readonly before: string | null }
  /** It broke off; what could be undone was undone. `left` are sentences of what stands or is in doubt. */
  | { readonly kind: "broken"; readonly state: RunState; readonly verdict: string; readonly left: readonly string[] };

export interface Broken {
  /** `crashed`: the engine died, and another one found the run. */
  readonly why: "failed" | "cancelled" | "crashed";
  /** The step that was under way; `null` when it was between two. */
  readonly at: number | null;
  readonly failure: Failure | null;
  readonly aftermath: Aftermath;
}

/** The honest end of a run that did not do all its steps: what was undone, what stands, and what nobody knows. */
export function conclude(plan: ActionPlan, steps: readonly RunStep[], broken: Broken, cancel: AbortSignal): Executed {
  const step = broken.at === null ? undefined : steps[broken.at];
  const undone = step?.state === "undone";
  const left = leftBehind(plan, steps, broken);
  const done = steps.some((one, at) => one.state === "done" && changes(plan, at) && !isOver(allSteps(plan), steps, at));
  const state = endOfBroken(broken.why, broken.aftermath, undone, done || left.length > 0);
  const verdict = `${causeOf(broken, step, cancel)}. ${standing(plan, steps, broken, state)}`;
  return { kind: "broken", state, verdict, left };
}

function causeOf({ why, failure }: Broken, step: RunStep | undefined, cancel: AbortSignal): string {
  switch (why) {
    case "cancelled":
      return `Cancelled ${(cancel.reason as DOMException).message}${step === undefined ? "" : `, during: ${step.title}`}`;
    case "crashed":
      return step === undefined
        ? "The poller stopped during the run"
        : `The poller stopped while this step ran: ${step.title}. It may have taken effect or not`;
    case "failed":
      return `Failed at: ${step?.title}: ${failure?.what ?? step?.evidence}`;
    default:
      return why satisfies never;
  }
}

/** What has to be looked at: effects that somebody would have taken back, and steps nobody can tell the effect of. */
function leftBehind(plan: ActionPlan, steps: readonly RunStep[], broken: Broken): string[] {
  const planned = allSteps(plan);
  return steps.flatMap((step, at) => {
    const told = planned[at];
    if (told === undefined || told.changes === false) return [];
    if (at >= plan.steps.length) return step.state === "failed" ? [`not done, though it must be: ${step.title}`] : [];
    const words = told.stands ?? `in effect: ${step.title}`;
    if (at === broken.at && step.state !== "undone") {
      if (broken.aftermath === "may-still-run") return [`${placeOf(broken.failure)}: ${step.title}`];
      return broken.aftermath === "untouched" ? [] : [`in doubt: ${told.stands ?? step.title}`];
    }
    const mustBeTold = told.undo !== undefined || told.stands !== undefined;
    return step.state === "done" && mustBeTold && !isOver(planned, steps, at) ? [words] : [];
  });
}

/** Where it may still run: `may still run on web-01, pid 4711`. */
export function placeOf(failure: Failure | null): string {
  const on = failure?.runsOn;
  if (on === undefined) return "may still run";
  return `may still run on ${on.host}${on.pid === null ? "" : `, pid ${on.pid}`}`;
}

function standing(plan: ActionPlan, steps: readonly RunStep[], broken: Broken, state: RunState): string {
  const titles = (wanted: (step: RunStep, at: number) => boolean) =>
    steps
      .filter(wanted)
      .map((step) => step.title)
      .join(", ");
  const undone = titles((step) => step.state === "undone");
  const stays = titles(
    (step, at) =>
      step.state === "done" && at < plan.steps.length && changes(plan, at) && !isOver(allSteps(plan), steps, at),
  );
  const unfinished = titles((step, at) => step.state === "failed" && at >= plan.steps.length);
  const step = broken.at === null ? undefined : steps[broken.at];
  const doubt =
    step?.state === "failed" && broken.aftermath !== "untouched" && broken.at !== null && broken.at < plan.steps.length;
  const words = broken.aftermath === "may-still-run" ? placeOf(broken.failure) : "may have taken effect";
  const parts = [
    ...(undone === "" ? [] : [`undone: ${undone}`]),
    ...(stays === "" ? [] : [`still in effect: ${stays}`]),
    ...(doubt ? [`${words}: ${step.title}`] : []),
    ...(unfinished === "" ? [] : [`not done, though it must be: ${unfinished}`]),
  ];
  if (parts.length === 0) return state.endsWith("-clean") ? "Nothing was changed" : "Look at the target";
  const text = parts.join("; ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function changes(plan: ActionPlan, at: number): boolean {
  return allSteps(plan)[at]?.changes !== false;
}
