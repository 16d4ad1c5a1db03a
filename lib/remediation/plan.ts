import { createHash } from "node:crypto";
import { canonicalJson } from "#lib/incidents/canonical-json.ts";
import type { ActionPlan } from "#lib/integrations/integration.ts";
import { allSteps } from "#lib/remediation/policy.ts";
import type { RunPlan, RunStep } from "#lib/wire/run.ts";

/** A plan that nobody confirmed for this long is void: what it was made from may have changed. */
export const planLifetimeMs = 3 * 60_000;

/** What the plan was made for. */
export interface PlanSubject {
  readonly serviceId: string;
  readonly action: string;
  readonly params: Readonly<Record<string, string>>;
}

/** The plan as a person reads and confirms it. */
export function describePlan(subject: PlanSubject, plan: ActionPlan, now: number): RunPlan {
  const told = {
    title: plan.title,
    effect: plan.effect,
    touches: [...plan.touches],
    caveat: plan.caveat ?? null,
    steps: allSteps(plan).map(({ id, title, does }) => ({ id, title, does })),
    verify: plan.verify.title,
  };
  const hash = hashPlan(subject, told);
  return { hash, ...told, undoable: isUndoable(plan), expiresAt: now + planLifetimeMs };
}

/** Whether every step that changes something can be put back, and the target can tell that it was. */
function isUndoable({ steps }: ActionPlan): boolean {
  const changing = steps.filter((step) => step.changes !== false);
  const putBack = changing.every((step) => step.undo !== undefined && step.probe !== undefined && !step.noReturn);
  return changing.length > 0 && putBack;
}

/** The same subject and the same words give the same hash, whoever planned and when. */
export function hashPlan(subject: PlanSubject, told: Omit<RunPlan, "hash" | "expiresAt" | "undoable">): string {
  const { serviceId, action, params } = subject;
  return createHash("sha256")
    .update(canonicalJson({ serviceId, action, params, ...told }))
    .digest("hex");
}

export function isExpired(plan: Pick<RunPlan, "expiresAt">, now: number): boolean {
  return plan.expiresAt <= now;
}

export function waitingSteps(plan: Pick<RunPlan, "steps">): RunStep[] {
  return plan.steps.map((step) => ({ ...step, state: "waiting", evidence: null, startedAt: null, finishedAt: null }));
}
