import { createHash } from "node:crypto";
import { canonicalJson } from "#lib/incidents/canonical-json.ts";
import type { ActionPlan } from "#lib/integrations/integration.ts";
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
    steps: plan.steps.map(({ id, title, does }) => ({ id, title, does })),
    verify: plan.verify.title,
  };
  return { hash: hashPlan(subject, told), ...told, expiresAt: now + planLifetimeMs };
}

/** The same subject and the same words give the same hash, whoever planned and when. */
export function hashPlan(subject: PlanSubject, told: Omit<RunPlan, "hash" | "expiresAt">): string {
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
