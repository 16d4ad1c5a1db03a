import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { ActionContext, ActionPlan } from "#lib/integrations/integration.ts";
import { actionContext, type Memory } from "#lib/remediation/bounded.ts";
import { execute } from "#lib/remediation/execute.ts";
import { type Journal, openJournal } from "#lib/remediation/journal.ts";
import type { EngineParts } from "#lib/remediation/parts.ts";
import { describePlan, isExpired, waitingSteps } from "#lib/remediation/plan.ts";
import { blockers, isFresh, refusalOf } from "#lib/remediation/policy.ts";
import { preflight } from "#lib/remediation/preflight.ts";
import { prove } from "#lib/remediation/prove.ts";
import { openSymptoms, troubleNow } from "#lib/remediation/symptoms.ts";
import type { WatchedService } from "#lib/remediation/watcher.ts";
import { insertAudit } from "#lib/store/audit.ts";
import { insertEvents } from "#lib/store/events.ts";
import { listLocks, takeLocks } from "#lib/store/locks.ts";
import type { Reading } from "#lib/store/open-store.ts";
import { findRun, type RunRow, type Symptom } from "#lib/store/runs.ts";
import type { RunCheck, RunPlan, RunState } from "#lib/wire/run.ts";

export type Outcome =
  /** Its plan is shown and waits for a confirmation. */
  | { readonly kind: "waits" }
  | { readonly kind: "ended"; readonly state: RunState; readonly verdict: string; readonly title: string };

interface Made {
  readonly target: WatchedService;
  readonly plan: ActionPlan;
  readonly told: RunPlan;
}

/** Takes one run as far as it goes: from its request to a plan that waits, or through checks, steps and proof to its end. */
export async function carryOut(parts: EngineParts, run: RunRow, cancel: AbortSignal): Promise<Outcome> {
  const journal = await openJournal(parts.store, run.id, parts);
  const made = await makePlan(parts, run);
  if (!made.ok) return ended("refused", `Refused, nothing was changed. ${made.error.what}`, run.title);
  const { told } = made.value;
  const flow = { parts, run, cancel, journal, made: made.value, memory: new Map(Object.entries(run.memory ?? {})) };
  if (run.confirmedAt !== null && run.plan !== null) {
    const stale = staleReason(run.plan, told, parts.now());
    if (stale !== null) return ended(stale.state, stale.verdict, run.title);
  } else {
    const refused = await check(flow, run.mode === "run");
    if (refused !== null) return refused;
    if (run.mode === "plan") return await wait(flow);
  }
  return await act(flow);
}

interface Flow {
  readonly parts: EngineParts;
  readonly run: RunRow;
  readonly cancel: AbortSignal;
  readonly journal: Journal;
  readonly made: Made;
  readonly memory: Memory;
}

function contextsOf({ parts, run, journal, made, memory }: Flow): (signal: AbortSignal) => ActionContext {
  return (signal) => actionContext(parts, made.target, { id: run.id, memory }, journal, signal);
}

async function makePlan(parts: EngineParts, run: RunRow): Promise<Result<Made>> {
  const target = parts.watcher.watched().get(run.serviceId);
  if (target === undefined) return err(failure("no-such-object", "The service is no longer watched"));
  const action = (await target.integration.actions()).find((one) => one.id === run.action);
  if (action === undefined) return err(failure("no-such-object", `Its kind has no action ${run.action}`));
  const plan = action.plan(target.service.config, run.params, target.state.detail);
  if (!plan.ok) return plan;
  return ok({ target, plan: plan.value, told: describePlan(run, plan.value, parts.now()) });
}

/** A confirmation is for the very plan that was shown, and only for as long as it is good. */
function staleReason(
  shown: RunPlan,
  told: RunPlan,
  now: number,
): { readonly state: RunState; readonly verdict: string } | null {
  if (isExpired(shown, now)) {
    return { state: "expired", verdict: "The plan expired before it could begin. Nothing was changed" };
  }
  if (shown.hash === told.hash) return null;
  const verdict = "Refused, nothing was changed. The plan would be another one now: look at it again";
  return { state: "refused", verdict };
}

/** Probes live, all checks at once, and takes the locks if asked to. Returns the refusal, or `null` to go on. */
async function check(flow: Flow, takeThem: boolean): Promise<Outcome | null> {
  const { parts, run, cancel, journal, made } = flow;
  const { plan, told } = made;
  const services = parts.watcher.watched().values();
  const symptoms =
    plan.node === undefined ? [] : openSymptoms(services, run.serviceId, plan.node).filter(isMeant(plan, run));
  journal.note("state", "checking");
  await journal.commit({
    state: "checking",
    title: told.title,
    plan: told,
    steps: waitingSteps(told),
    ...(run.confirmedAt === null ? { node: plan.node ?? null, symptoms } : {}),
    startedAt: parts.now(),
  });
  const contextFor = contextsOf(flow);
  const free = await lockCheck(flow, takeThem);
  const seen = await preflight(plan, { contextFor, cancel, now: parts.now, redact: parts.redact });
  const checks = [...(free === null ? [] : [free]), ...seen];
  for (const one of checks) journal.note("check", `${one.verdict}: ${one.title} — ${one.evidence} (${one.tookMs} ms)`);
  await journal.commit({ checks });
  if (cancel.aborted) return ended("cancelled-clean", "Cancelled during the checks. Nothing was changed", told.title);
  const blocking = blockers(checks, run.risk);
  return blocking.length === 0 ? null : ended("refused", refusalOf(blocking), told.title);
}

/** A remedy for one symptom is not judged by others of the same node that it never meant to heal. */
function isMeant({ symptoms }: ActionPlan, { serviceId }: RunRow) {
  return (one: Symptom) =>
    symptoms === undefined || (one.serviceId === serviceId && symptoms.includes(one.finding.rule));
}

/** Who else is changing it? Said as a check among the others, so that a reader sees every reason at once. */
async function lockCheck({ parts, run, made }: Flow, takeThem: boolean): Promise<RunCheck | null> {
  const { touches } = made.plan;
  if (touches.length === 0) return null;
  const begun = performance.now();
  const result = takeThem
    ? await parts.store.write(async (writing) => {
        const holder = await takeLocks(writing, run.id, touches, parts.now());
        return holder === null
          ? null
          : `${holder.resource} is being changed by ${await holderName(writing, holder.runId)}`;
      })
    : await parts.store.read(async (reading) => {
        const held = (await listLocks(reading)).find(
          (lock) => touches.includes(lock.resource) && lock.runId !== run.id,
        );
        return held === undefined
          ? null
          : `${held.resource} is being changed by ${await holderName(reading, held.runId)}`;
      });
  return {
    id: "lock",
    title: "Nobody else is changing it",
    verdict: result === null ? "pass" : "block",
    evidence: result ?? `free: ${touches.join(", ")}`,
    tookMs: Math.round(performance.now() - begun),
    at: parts.now(),
  };
}

async function holderName(reading: Reading, runId: string): Promise<string> {
  const holder = await findRun(reading, runId);
  return holder === null ? `run ${runId}` : `“${holder.title}”, started by ${holder.actor.name} (run ${runId})`;
}

async function wait({ parts, journal, made, run }: Flow): Promise<Outcome> {
  const told = describePlan(run, made.plan, parts.now());
  journal.note("state", "planned: waits for a confirmation");
  await journal.commit({ state: "planned", plan: told });
  return { kind: "waits" };
}

async function act(flow: Flow): Promise<Outcome> {
  const { parts, run, cancel, journal, made } = flow;
  const { plan, told } = made;
  const current = await parts.store.read((reading) => findRun(reading, run.id));
  if (run.confirmedAt !== null && !isFresh(current?.checks ?? [], parts.now())) {
    const refused = await check(flow, true);
    if (refused !== null) return refused;
  } else if (run.confirmedAt !== null) {
    const free = await lockCheck(flow, true);
    if (free?.verdict === "block") return ended("refused", refusalOf([free]), told.title);
  }
  const symptoms = (await parts.store.read((reading) => findRun(reading, run.id)))?.symptoms ?? [];
  const before = troubleNow(parts.watcher.watched().values());
  await announce(flow);
  const contextFor = contextsOf(flow);
  const done = await execute({ plan, contextFor, journal, cancel, now: parts.now }, waitingSteps(told));
  if (done.kind === "broken") return ended(done.state, done.verdict, told.title);
  journal.note("state", `verifying: ${plan.verify.title}`);
  await journal.commit({ state: "verifying" });
  const proof = await prove({ plan, symptoms, before, watcher: parts.watcher, contextFor, journal, cancel });
  const caveat = plan.caveat === undefined ? "" : `. ${plan.caveat.replace(/\.$/, "")}`;
  switch (proof.kind) {
    case "proven":
      return ended("succeeded", `Proven: ${proof.words}${caveat}`, told.title);
    case "not-proven":
      return ended("succeeded-not-fixed", `All steps were done, but it is ${proof.words}${caveat}`, told.title);
    case "cancelled":
      return ended("cancelled-partial", "All steps were done; the proof was cancelled", told.title);
    default:
      return proof satisfies never;
  }
}

/** No audit, no action: who runs what is on disk before the first step. */
async function announce({ parts, run, journal, made }: Flow): Promise<void> {
  const { told } = made;
  journal.note("state", `running: ${told.title}`);
  const at = parts.now();
  await journal.commit({ state: "running", startedAt: at }, async (writing) => {
    const text = `${told.title}, started by ${run.confirmedBy ?? run.actor.name}`;
    const about = { at, kind: "run" as const, serviceId: run.serviceId, runId: run.id };
    await insertEvents(writing, [{ ...about, actor: run.actor.name, text }]);
    const after = { planHash: told.hash, touches: told.touches, params: run.params };
    const entry = { at, actor: run.actor, command: "start-run", target: run.serviceId, runId: run.id };
    await insertAudit(writing, { ...entry, after });
  });
}

function ended(state: RunState, verdict: string, title: string): Outcome {
  return { kind: "ended", state, verdict, title };
}
