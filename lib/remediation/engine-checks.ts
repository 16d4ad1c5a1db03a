import { actsByItself } from "#lib/access/actor.ts";
import { formatDuration } from "#lib/core/duration.ts";
import {
  type Action,
  type ActionPlan,
  autohealTrouble,
  type CheckResult,
  type Manifest,
} from "#lib/integrations/integration.ts";
import { deployGoingOn, readDeploys } from "#lib/remediation/deploys.ts";
import type { EngineParts } from "#lib/remediation/parts.ts";
import { everything, listOff, serviceScope } from "#lib/store/automation.ts";
import { type HeldLock, type Holder, listLocks, takeLocks } from "#lib/store/locks.ts";
import type { Reading } from "#lib/store/open-store.ts";
import { findRun, type RunRow, runsOfAction, unsettledRuns } from "#lib/store/runs.ts";
import { careFor, type RunCheck } from "#lib/wire/run.ts";

/** A check's result; `heed`: see `RunCheck`. */
type Seen = CheckResult & Pick<RunCheck, "heed">;

export interface EngineCheck {
  readonly run: RunRow;
  readonly action: Pick<Action, "cooldownMs" | "budget" | "mayHeal">;
  /** What its kind says of actions that rules start. */
  readonly manifest: Pick<Manifest, "autoheal">;
  readonly plan: ActionPlan;
  readonly holder: Holder;
}

/** Every resource that the run may change, or that nobody else may change meanwhile. */
export function resourcesOf(plan: Pick<ActionPlan, "touches" | "locks">): string[] {
  return [...new Set([...plan.touches, ...(plan.locks ?? [])])];
}

/**
 * What the engine itself knows that may stand in the way: others at work on it, what an earlier run left, how short ago and
 * how often it was done, a deploy, and the switch for automation. Told among the plan's own checks, so that a reader sees
 * every reason at once. With `take` the locks are taken by this very question.
 */
export async function engineChecks(parts: EngineParts, of: EngineCheck, take: boolean): Promise<RunCheck[]> {
  const { store, now } = parts;
  const checks: RunCheck[] = [];
  const ask = async (id: string, title: string, look: () => Promise<Seen | null>) => {
    const begun = performance.now();
    const seen = await look();
    if (seen === null) return;
    const tookMs = Math.round(performance.now() - begun);
    checks.push({ id, title, ...seen, evidence: parts.redact(seen.evidence), tookMs, at: now() });
  };
  await ask("lock", "Nobody else is changing it", () => lockCheck(parts, of, take));
  await store.read(async (reading) => {
    await ask("left", "Nothing was left half-done on it", () => leftCheck(reading, of));
    await ask("cooldown", "It was not done a moment ago", () => cooldownCheck(reading, of, now()));
    await ask("budget", "It was not done too often", () => budgetCheck(reading, of, now()));
    await ask("deploy", "No deploy is going on", () => deployCheck(reading, of, now()));
    await ask("automation", "Automation is on", () => automationCheck(reading, of, now()));
    await ask("autoheal", "A heal rule may start it", async () => autohealCheck(of));
  });
  return checks;
}

async function lockCheck({ store, now }: EngineParts, of: EngineCheck, take: boolean): Promise<CheckResult | null> {
  const resources = resourcesOf(of.plan);
  if (resources.length === 0) return null;
  const words = async (reading: Reading, held: HeldLock | null | undefined) =>
    held === null || held === undefined
      ? null
      : `${held.resource} is being changed by ${await holderName(reading, held.runId)}`;
  const busy = take
    ? await store.write(async (writing) => words(writing, await takeLocks(writing, of.holder, resources, now())))
    : await store.read(async (reading) => {
        const locks = await listLocks(reading);
        return words(
          reading,
          locks.find(({ resource, runId }) => resources.includes(resource) && runId !== of.run.id),
        );
      });
  return busy === null
    ? { verdict: "pass", evidence: `free: ${of.plan.touches.join(", ")}` }
    : { verdict: "block", evidence: busy };
}

async function holderName(reading: Reading, runId: string): Promise<string> {
  const holder = await findRun(reading, runId);
  return holder === null ? `run ${runId}` : `“${holder.title}”, started by ${holder.actor.name} (run ${runId})`;
}

/** What may still run over there must be looked at first. What merely stands may well be what this run puts right. */
async function leftCheck(reading: Reading, { plan, run }: EngineCheck): Promise<CheckResult | null> {
  const resources = new Set(resourcesOf(plan));
  const open = (await unsettledRuns(reading)).filter(
    (other) => other.id !== run.id && other.id !== run.undoOf && other.plan?.touches.some((one) => resources.has(one)),
  );
  if (open.length === 0) return null;
  const evidence = open.map((one) => `“${one.title}” (run ${one.id}): ${one.left.join(", ")}`).join("; ");
  const running = open.some((one) => one.left.some((words) => words.startsWith("may still run")));
  if (running) return { verdict: "block", evidence: `${evidence}. Look at it, then settle that run` };
  return { verdict: "warn", evidence };
}

async function cooldownCheck(reading: Reading, of: EngineCheck, now: number): Promise<CheckResult | null> {
  const { cooldownMs } = of.action;
  if (cooldownMs === undefined || of.run.undoOf !== null) return null;
  const last = (await earlier(reading, of, now - cooldownMs)).find((run) => run.settled === null);
  if (last === undefined) return { verdict: "pass", evidence: `not within ${formatDuration(cooldownMs)}` };
  const since = now - last.requestedAt;
  const words = `“${last.title}” by ${last.actor.name} was ${formatDuration(since)} ago (run ${last.id})`;
  return {
    verdict: "block",
    evidence: `${words}: wait ${formatDuration(cooldownMs - since)}, or settle that run`,
  };
}

async function budgetCheck(reading: Reading, of: EngineCheck, now: number): Promise<CheckResult | null> {
  const { budget } = of.action;
  if (budget === undefined || of.run.undoOf !== null) return null;
  const { length } = await earlier(reading, of, now - budget.withinMs);
  const evidence = `${length} times within ${formatDuration(budget.withinMs)} (limit ${budget.runs})`;
  if (length < budget.runs) return { verdict: "pass", evidence };
  const verdict = actsByItself(of.run.actor) ? "block" : "warn";
  return { verdict, evidence: `${evidence}: it does not last; look for the cause` };
}

/** Runs of the same action on something of the same, that came as far as changing it. */
async function earlier(reading: Reading, { run, plan }: EngineCheck, since: number): Promise<RunRow[]> {
  const runs = await runsOfAction(reading, { serviceId: run.serviceId, action: run.action, since });
  return runs.filter((one) => one.id !== run.id && one.plan?.touches.some((touched) => plan.touches.includes(touched)));
}

/**
 * A rule is held. A person may know better, and says why: what disturbs or can hurt is not confirmed without a reason then. A
 * deploy that began after the confirmation was not in what was confirmed.
 */
async function deployCheck(reading: Reading, { run }: EngineCheck, now: number): Promise<Seen | null> {
  const evidence = deployGoingOn(await readDeploys(reading, now), run.serviceId, now);
  if (evidence === null) return null;
  if (actsByItself(run.actor)) return { verdict: "block", evidence };
  if (careFor(run.risk) === "one-click") return { verdict: "warn", evidence };
  const unseen = run.confirmedAt !== null && !run.checks.some(({ id }) => id === "deploy");
  if (unseen)
    return { verdict: "block", evidence: `${evidence}; it was not known when this was confirmed: plan again` };
  return { verdict: "warn", evidence, heed: true };
}

/** The switch holds what rules start, and never a person. */
async function automationCheck(reading: Reading, { run }: EngineCheck, now: number): Promise<CheckResult | null> {
  if (!actsByItself(run.actor)) return null;
  const scopes = [everything, serviceScope(run.serviceId)];
  const off = (await listOff(reading, now)).find(({ scope }) => scopes.includes(scope));
  if (off === undefined) return { verdict: "pass", evidence: "nobody switched it off" };
  return { verdict: "block", evidence: `${off.by} switched it off: ${off.reason}` };
}

/** Whatever wrote the request: a rule starts nothing but what its kind allows, and nothing that can hurt. */
function autohealCheck({ run, action, manifest }: EngineCheck): CheckResult | null {
  if (run.actor.kind !== "rule") return null;
  if (careFor(run.risk) !== "one-click" && careFor(run.risk) !== "plan") {
    return { verdict: "block", evidence: `its risk is ${run.risk}: that takes a person` };
  }
  if (action.mayHeal?.(run.params) === true) return { verdict: "pass", evidence: "its declaration allows it" };
  const why = autohealTrouble(manifest, run.action);
  if (why === null) return { verdict: "pass", evidence: "its kind allows it" };
  return { verdict: "block", evidence: why ?? "its kind does not allow it" };
}
