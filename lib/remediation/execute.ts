import { formatDuration } from "#lib/core/duration.ts";
import { type Failure, failure } from "#lib/core/failure.ts";
import { err, type Result } from "#lib/core/result.ts";
import type { ActionContext, ActionPlan, Step } from "#lib/integrations/integration.ts";
import { runBounded } from "#lib/remediation/bounded.ts";
import type { Journal } from "#lib/remediation/journal.ts";
import { type Aftermath, aftermathOf, endOfBroken, nextStep } from "#lib/remediation/policy.ts";
import type { RunState, RunStep } from "#lib/wire/run.ts";

export type Executed =
  | { readonly kind: "done" }
  /** It broke off; what could be undone was undone. */
  | { readonly kind: "broken"; readonly state: RunState; readonly verdict: string };

export interface Execution {
  readonly plan: ActionPlan;
  readonly contextFor: (signal: AbortSignal) => ActionContext;
  readonly journal: Journal;
  readonly cancel: AbortSignal;
  readonly now: () => number;
}

interface Broken {
  readonly why: "failed" | "cancelled";
  /** The step that was under way; `null` when it was cancelled between two. */
  readonly at: number | null;
  readonly failure: Failure | null;
  readonly aftermath: Aftermath;
}

/** Does the steps in order. Each is on disk as begun before it begins, and as done with its evidence after. */
export async function execute(execution: Execution, waiting: readonly RunStep[]): Promise<Executed> {
  const steps = [...waiting];
  for (let at = nextStep(steps); at !== null; at = nextStep(steps)) {
    const step = execution.plan.steps[at];
    if (step === undefined) break;
    // Past the point of no return a run is finished, not cancelled: half of it is worse than all of it.
    const cancel = pointPassed(execution.plan, at) ? never : execution.cancel;
    const broken = cancel.aborted
      ? ({ why: "cancelled", at: null, failure: null, aftermath: "untouched" } as const)
      : await doStep({ ...execution, cancel }, steps, at, step);
    if (broken !== null) return await undoAll(execution, steps, broken);
  }
  return { kind: "done" };
}

/** Whether a step before this one cannot be taken back. */
function pointPassed(plan: ActionPlan, at: number): boolean {
  return plan.steps.slice(0, at).some((step) => step.noReturn === true);
}

/** How many of the first steps must stay as they are: those up to the point of no return, once that may have had its effect. */
function keptSteps(plan: ActionPlan, steps: readonly RunStep[], broken: Broken): number {
  const stands = (at: number) =>
    steps[at]?.state === "done" || (at === broken.at && broken.aftermath === "may-still-run");
  return plan.steps.findLastIndex((step, at) => step.noReturn === true && stands(at)) + 1;
}

async function doStep(execution: Execution, steps: RunStep[], at: number, step: Step): Promise<Broken | null> {
  const { journal, now } = execution;
  journal.note("step", `about to: ${step.title} — ${step.does}`);
  await record(execution, steps, at, { state: "running", startedAt: now() });
  const { result, left } = await attempt(execution, step.run, step.timeoutMs, execution.cancel);
  if (result.ok) {
    journal.note("step", `done: ${step.title} — ${result.value}`);
    await record(execution, steps, at, { state: "done", evidence: result.value, finishedAt: now() });
    return null;
  }
  const { what, said } = result.error;
  const evidence = said === undefined ? what : `${what} (said: ${said})`;
  journal.note("step", `failed: ${step.title} — ${evidence}`);
  await record(execution, steps, at, { state: "failed", evidence, finishedAt: now() });
  const why = execution.cancel.aborted ? "cancelled" : "failed";
  return { why, at, failure: result.error, aftermath: left ? "may-still-run" : aftermathOf(result.error.kind) };
}

/** Undoes in reverse what was done, and the step that broke off where its effect is uncertain. */
async function undoAll(execution: Execution, steps: RunStep[], broken: Broken): Promise<Executed> {
  const { plan, journal, now } = execution;
  const kept = keptSteps(plan, steps, broken);
  const undo = steps
    .map((step, at) => ({ step, at }))
    .filter(({ at }) => at >= kept)
    .filter(({ step, at }) => step.state === "done" || (at === broken.at && broken.aftermath !== "untouched"))
    .filter(({ at }) => plan.steps[at]?.undo !== undefined)
    .reverse();
  if (undo.length > 0) {
    journal.note("state", "undoing what was done, last step first");
    await journal.commit({ state: "undoing" });
  }
  for (const { at } of undo) {
    const step = plan.steps[at];
    if (step?.undo === undefined) continue;
    journal.note("step", `about to undo: ${step.title}`);
    await journal.commit();
    const { result } = await attempt(execution, step.undo, step.timeoutMs, never);
    journal.note(
      "step",
      result.ok ? `undone: ${step.title} — ${result.value}` : `could not undo: ${step.title} — ${result.error.what}`,
    );
    if (result.ok) await record(execution, steps, at, { state: "undone", finishedAt: now() });
    else await journal.commit();
  }
  const skipped = steps.map((step) => (step.state === "waiting" ? { ...step, state: "skipped" as const } : step));
  await journal.commit({ steps: skipped });
  return conclude(skipped, broken, execution.cancel);
}

function conclude(steps: readonly RunStep[], broken: Broken, cancel: AbortSignal): Executed {
  const left = steps.filter((step) => step.state === "done");
  const brokenStep = broken.at === null ? undefined : steps[broken.at];
  const brokenUndone = brokenStep?.state === "undone";
  const state = endOfBroken(broken.why, broken.aftermath, left, brokenUndone);
  const cause =
    broken.why === "cancelled"
      ? `Cancelled ${(cancel.reason as DOMException).message}${brokenStep === undefined ? "" : `, during: ${brokenStep.title}`}`
      : `Failed at: ${brokenStep?.title}: ${broken.failure?.what}`;
  return { kind: "broken", state, verdict: `${cause}. ${standing(state, steps, left, brokenStep)}` };
}

function standing(
  state: RunState,
  steps: readonly RunStep[],
  left: readonly RunStep[],
  broken: RunStep | undefined,
): string {
  const undone = steps.filter((step) => step.state === "undone").map((step) => step.title);
  const stays = left.map((step) => step.title);
  const parts = [
    ...(undone.length > 0 ? [`undone: ${undone.join(", ")}`] : []),
    ...(stays.length > 0 ? [`still in effect: ${stays.join(", ")}`] : []),
    ...(state === "unknown" || (state.endsWith("-partial") && broken?.state === "failed")
      ? [`may have taken effect: ${broken?.title}`]
      : []),
  ];
  if (parts.length === 0) return "Nothing was changed";
  const text = parts.join("; ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const never = new AbortController().signal;

type Part = (context: ActionContext) => Promise<Result<string, Failure>>;

async function attempt(execution: Execution, part: Part, timeoutMs: number, cancel: AbortSignal) {
  const { journal, contextFor } = execution;
  // Lines that cannot be written now wait for the next commit; the one after the step tells of lasting trouble.
  const streaming = setInterval(() => void journal.commit().catch(() => undefined), 200);
  try {
    const outcome = await runBounded((signal) => part(contextFor(signal)), timeoutMs, cancel);
    journal.endOutput();
    return { result: resultOf(outcome, timeoutMs), left: outcome.kind === "left-behind" };
  } finally {
    clearInterval(streaming);
  }
}

function resultOf(
  outcome: Awaited<ReturnType<typeof runBounded<Result<string, Failure>>>>,
  timeoutMs: number,
): Result<string, Failure> {
  const late = failure("timeout", `did not end within ${formatDuration(timeoutMs)}`);
  const stopped = failure("aborted", "stopped before it ended");
  switch (outcome.kind) {
    case "ended":
      // A call that was cut off by the deadline says `aborted`; to a reader it is a timeout.
      return !outcome.value.ok && outcome.value.error.kind === "aborted" && outcome.cut === "deadline"
        ? err(late)
        : outcome.value;
    case "threw": {
      if (outcome.cut !== null) return err(outcome.cut === "cancelled" ? stopped : late);
      const name = outcome.bug instanceof Error ? outcome.bug.name : typeof outcome.bug;
      return err(failure("internal", `the step itself failed with ${name}`));
    }
    case "left-behind": {
      const why = outcome.reason === "cancelled" ? "did not stop when it was cancelled" : late.what;
      return err(failure("timeout", `${why}; it may still run`));
    }
    default:
      return outcome satisfies never;
  }
}

async function record(execution: Execution, steps: RunStep[], at: number, change: Partial<RunStep>): Promise<void> {
  const { journal } = execution;
  const step = steps[at];
  if (step === undefined) return;
  const evidence = change.evidence === undefined ? step.evidence : journal.redact(change.evidence ?? "");
  steps[at] = { ...step, ...change, evidence };
  await journal.commit({ steps });
}
