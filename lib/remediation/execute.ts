import { type Failure, failure } from "#lib/core/failure.ts";
import type { ActionPlan, Step } from "#lib/integrations/integration.ts";
import { attempt } from "#lib/remediation/attempt.ts";
import { type Broken, conclude, type Executed } from "#lib/remediation/conclude.ts";
import type { Execution } from "#lib/remediation/execution.ts";
import { aftermathOf, allSteps, finishesForward, nextStep, toUndo } from "#lib/remediation/policy.ts";
import type { Writing } from "#lib/store/open-store.ts";
import type { RunStep } from "#lib/wire/run.ts";

/** Does the steps in order. Each is on disk as begun before it begins, and as done with its evidence after. */
export async function execute(execution: Execution, standing: readonly RunStep[]): Promise<Executed> {
  const { plan, cancel, dry } = execution;
  const steps = [...standing];
  for (let at = nextStep(steps, plan.steps.length); at !== null; at = nextStep(steps, plan.steps.length)) {
    const step = plan.steps[at];
    if (step === undefined) break;
    if (dry && step.changes !== false) return { kind: "rehearsed", before: step.title };
    // What cannot be undone any more is finished, not left in the middle.
    const forward = finishesForward(plan.steps, steps, at);
    const broken =
      cancel.aborted && !forward
        ? ({ why: "cancelled", at: null, failure: null, aftermath: "untouched" } as const)
        : await doStep(execution, steps, at, step, forward || step.noReturn ? never : cancel);
    if (broken !== null) return await compensate(execution, steps, broken);
  }
  if (dry) return { kind: "rehearsed", before: null };
  const unfinished = await doFinally(execution, steps);
  if (unfinished.length === 0) return { kind: "done" };
  return conclude(plan, steps, { why: "failed", at: unfinished[0] ?? null, failure: null, aftermath: "ended" }, cancel);
}

async function doStep(
  execution: Execution,
  steps: RunStep[],
  at: number,
  step: Step,
  cancel: AbortSignal,
): Promise<Broken | null> {
  const { journal, now, assertLocked } = execution;
  journal.note("step", `about to: ${step.title} — ${step.does}`);
  await record(execution, steps, at, { state: "running", startedAt: now(), finishedAt: null }, assertLocked);
  const { result, left } = await attempt(execution, step.run, step, cancel);
  if (result.ok) {
    journal.note("step", `done: ${step.title} — ${result.value}`);
    await record(execution, steps, at, { state: "done", evidence: result.value, finishedAt: now() });
    return null;
  }
  const { what, said } = result.error;
  const evidence = said === undefined ? what : `${what} (said: ${said})`;
  journal.note("step", `failed: ${step.title} — ${evidence}`);
  const aftermath = step.changes === false ? "untouched" : aftermathOf(result.error, left);
  await record(execution, steps, at, { state: "failed", evidence, aftermath, finishedAt: now() });
  return { why: cancel.aborted ? "cancelled" : "failed", at, failure: result.error, aftermath };
}

/** Undoes in reverse what was done, and the step that broke off where its effect is uncertain; then what must always be done. */
export async function compensate(execution: Execution, steps: RunStep[], broken: Broken): Promise<Executed> {
  const { plan, journal } = execution;
  const undo = toUndo(plan.steps, steps, broken);
  if (undo.length > 0) {
    journal.note("state", "undoing what was done, last step first");
    await journal.commit({ state: "undoing" });
  }
  for (const at of undo) await undoStep(execution, steps, at);
  await doFinally(execution, steps);
  const skipped = steps.map((step) => (step.state === "waiting" ? { ...step, state: "skipped" as const } : step));
  await journal.commit({ steps: skipped });
  return conclude(plan, skipped, broken, execution.cancel);
}

async function undoStep(execution: Execution, steps: RunStep[], at: number): Promise<void> {
  const { plan, journal, now, assertLocked } = execution;
  const step = plan.steps[at];
  if (step?.undo === undefined) return;
  const gone = await effectGone(execution, step);
  if (gone !== null) {
    journal.note("step", `nothing to undo: ${step.title} — ${gone}`);
    return await record(execution, steps, at, { state: "undone", finishedAt: now() });
  }
  journal.note("step", `about to undo: ${step.title}`);
  await journal.commit(undefined, assertLocked);
  const { result } = await attempt(execution, step.undo, step, never);
  const words = result.ok ? `undone: ${step.title} — ${result.value}` : `could not undo: ${step.title}`;
  journal.note("step", result.ok ? words : `${words} — ${result.error.what}`);
  if (result.ok) await record(execution, steps, at, { state: "undone", finishedAt: now() });
  else await journal.commit();
}

/** Why there is nothing to undo, by the target's own word; `null` when there is, or when it does not tell. */
async function effectGone(execution: Execution, step: Step): Promise<string | null> {
  if (step.probe === undefined) return null;
  const { result } = await attempt(execution, step.probe, step, never);
  return result.ok && !result.value.stands ? result.value.evidence : null;
}

/** What must not stay as it was during the run. Returns the places of those that failed. */
async function doFinally(execution: Execution, steps: RunStep[]): Promise<number[]> {
  const { plan } = execution;
  const begun = steps.some((step, at) => step.state !== "waiting" && plan.steps[at]?.changes !== false);
  if (!begun) return [];
  const failed: number[] = [];
  for (const [index, step] of (plan.finally ?? []).entries()) {
    const at = plan.steps.length + index;
    if (steps[at]?.state === "done") continue;
    if ((await doStep(execution, steps, at, step, never)) !== null) failed.push(at);
  }
  return failed;
}

const never = new AbortController().signal;

async function record(
  execution: Execution,
  steps: RunStep[],
  at: number,
  change: Partial<RunStep>,
  also?: (writing: Writing) => Promise<void>,
): Promise<void> {
  const { journal } = execution;
  const step = steps[at];
  if (step === undefined) return;
  const evidence = change.evidence === undefined ? step.evidence : journal.redact(change.evidence ?? "");
  steps[at] = { ...step, ...change, evidence };
  await journal.commit({ steps }, also);
}

/**
 * Goes on with a run whose engine died. The world is asked what became of the step that was under way; nothing is repeated
 * that may have had its effect.
 */
export async function resume(execution: Execution, left: readonly RunStep[], undoing: boolean): Promise<Executed> {
  const { plan, cancel, now } = execution;
  const steps = [...left];
  const at = steps.findIndex((step) => step.state === "running");
  const asked = at < 0 ? null : await askTheWorld(execution, allSteps(plan)[at]);
  if (asked !== null) {
    const evidence = `asked after a crash: ${asked.evidence}`;
    const state = asked.effect === "stands" ? "done" : asked.effect === "none" ? "waiting" : "failed";
    execution.journal.note("step", `${allSteps(plan)[at]?.title}: ${evidence}`);
    const failed = state === "failed" ? ({ aftermath: "unclear" } as const) : {};
    await record(execution, steps, at, { state, evidence, finishedAt: state === "waiting" ? null : now(), ...failed });
  }
  const broken = brokenBefore(plan, steps, cancel.aborted ? "cancelled" : "crashed");
  const main = steps.slice(0, plan.steps.length);
  if (!undoing && broken.at === null) {
    // All was done, or what was begun cannot be undone any more.
    if (main.every((step) => step.state === "done")) return await execute(execution, steps);
    const next = nextStep(steps, plan.steps.length);
    if (next !== null && finishesForward(plan.steps, steps, next)) return await execute(onlyGroupOf(execution), steps);
  }
  return await compensate(execution, steps, broken);
}

/** How it stood when the engine died: a step that had failed by then, or that nobody can tell of. */
function brokenBefore(plan: ActionPlan, steps: readonly RunStep[], why: Broken["why"]): Broken {
  const at = steps.findIndex((step, index) => index < plan.steps.length && step.state === "failed");
  if (at < 0) return { why, at: null, failure: null, aftermath: "untouched" };
  const what = steps[at]?.evidence ?? "nobody can tell whether it took effect";
  return { why, at, failure: failure("internal", what), aftermath: steps[at]?.aftermath ?? "unclear" };
}

/** After a crash no new group is begun: who plans again sees what is true by then. */
function onlyGroupOf(execution: Execution): Execution {
  return { ...execution, cancel: crashed };
}

const crashed = AbortSignal.abort(new DOMException("because the poller had stopped", "AbortError"));

interface Asked {
  readonly effect: "stands" | "none" | "unclear";
  readonly evidence: string;
}

async function askTheWorld(execution: Execution, step: Step | undefined): Promise<Asked> {
  if (step === undefined) return { effect: "unclear", evidence: "the plan has no such step any more" };
  if (step.changes === false) return { effect: "none", evidence: "it only looks" };
  if (step.probe === undefined) return { effect: "unclear", evidence: "the target cannot tell whether it took effect" };
  const { result } = await attempt(execution, step.probe, step, never);
  if (!result.ok) return { effect: "unclear", evidence: wordsOf(result.error) };
  return { effect: result.value.stands ? "stands" : "none", evidence: result.value.evidence };
}

function wordsOf({ what }: Failure): string {
  return `the target could not be asked: ${what}`;
}
