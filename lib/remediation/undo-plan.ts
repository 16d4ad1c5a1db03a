import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { ActionPlan, Step } from "#lib/integrations/integration.ts";
import { isOver } from "#lib/remediation/policy.ts";
import type { RunStep } from "#lib/wire/run.ts";

/** The way back from what a run did: its undoable steps in reverse, each proven by the target's own word. */
export function undoPlan(plan: ActionPlan, done: readonly RunStep[]): Result<ActionPlan> {
  const steps = plan.steps.filter(
    (step, at) => done[at]?.state === "done" && step.undo !== undefined && !isOver(plan.steps, done, at),
  );
  if (steps.length === 0) return err(failure("no-such-object", "Nothing of that run is left to undo"));
  return ok({
    title: `Undo: ${plan.title}`,
    effect: `Puts back what “${plan.title}” found.`,
    touches: plan.touches,
    ...(plan.locks === undefined ? {} : { locks: plan.locks }),
    ...(plan.node === undefined ? {} : { node: plan.node }),
    heals: false,
    preflight: [],
    steps: steps.toReversed().map(backOf),
    verify: {
      title: "everything is as it was before",
      consecutive: 1,
      everyMs: 1_000,
      timeoutMs: 30_000,
      // Each step of the way back proved itself.
      probe: async () => ({ holds: true, evidence: steps.map((step) => step.title).join(", ") }),
    },
  });
}

function backOf(step: Step): Step {
  const { undo, probe, id, title, timeoutMs, on } = step;
  return {
    id,
    title: `Undo: ${title}`,
    does: `puts back what “${title}” found`,
    timeoutMs,
    ...(on === undefined ? {} : { on }),
    run: async (context) => {
      if (undo === undefined) return err(failure("internal", "the step has no way back"));
      const undone = await undo(context);
      if (!undone.ok || probe === undefined) return undone;
      const asked = await probe(context);
      if (!asked.ok) return err(failure("cannot-see", `it was told to, but could not be asked: ${asked.error.what}`));
      return asked.value.stands ? err(failure("command-failed", `it still stands: ${asked.value.evidence}`)) : undone;
    },
  };
}
