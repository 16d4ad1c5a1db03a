import type { Failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Action, ActionPlan } from "#lib/integrations/integration.ts";
import { contextMaker } from "#lib/remediation/context.ts";
import { engineChecks, resourcesOf } from "#lib/remediation/engine-checks.ts";
import { execute, resume } from "#lib/remediation/execute.ts";
import type { Execution } from "#lib/remediation/execution.ts";
import { type Journal, openJournal } from "#lib/remediation/journal.ts";
import { redNow } from "#lib/remediation/neighbours.ts";
import type { EngineParts } from "#lib/remediation/parts.ts";
import { describePlan, isExpired, waitingSteps } from "#lib/remediation/plan.ts";
import { blockers, isFresh, refusalOf } from "#lib/remediation/policy.ts";
import { preflight } from "#lib/remediation/preflight.ts";
import { prove } from "#lib/remediation/prove.ts";
import { type Basis, planOn } from "#lib/remediation/surroundings.ts";
import { openSymptoms, troubleNow } from "#lib/remediation/symptoms.ts";
import { undoPlan } from "#lib/remediation/undo-plan.ts";
import type { WatchedService } from "#lib/remediation/watcher.ts";
import { listApprovals } from "#lib/store/approvals.ts";
import { insertAudit } from "#lib/store/audit.ts";
import { insertEvents } from "#lib/store/events.ts";
import { assertLocked, claimRun } from "#lib/store/locks.ts";
import { findRun, type RunRow, readBasis, type Symptom } from "#lib/store/runs.ts";
import { approvalsNeeded, type RunPlan, type RunState } from "#lib/wire/run.ts";

export type Outcome =
  /** Its plan is shown and waits for a confirmation; or another engine has it. */
  { readonly kind: "waits" } | Ended;

export interface Ended {
  readonly kind: "ended";
  readonly state: RunState;
  readonly verdict: string;
  readonly title: string;
  /** What stands or is in doubt: an open alarm until somebody settles it. */
  readonly left: readonly string[];
  /** Under which this engine held the run; the end is written under it too. */
  readonly epoch: number;
  /** What it proved to be well again: what earlier runs left of it is settled by that. */
  readonly healed?: readonly string[];
}

interface Made {
  readonly target: WatchedService;
  readonly action: Action;
  readonly plan: ActionPlan;
  readonly basis: Basis;
  readonly told: RunPlan;
  /** What the steps keep, to begin with. */
  readonly memory: Readonly<Record<string, string>>;
}

interface Flow {
  readonly parts: EngineParts;
  readonly run: RunRow;
  readonly cancel: AbortSignal;
  readonly journal: Journal;
  readonly epoch: number;
  readonly made: Made;
  readonly contextFor: Execution["contextFor"];
}

/** Takes one run as far as it goes: from its request to a plan that waits, or through checks, steps and proof to its end. */
export async function carryOut(parts: EngineParts, run: RunRow, cancel: AbortSignal): Promise<Outcome> {
  const begun = wasBegun(run.state);
  const known = { runId: run.id, epoch: run.epoch, state: begun ? run.state : ("checking" as const) };
  const epoch = await parts.store.write((writing) => claimRun(writing, known));
  if (epoch === null) return { kind: "waits" };
  const journal = await openJournal(parts.store, { runId: run.id, epoch }, parts);
  const made = await makePlan(parts, run, begun);
  const changedMeanwhile = made.ok && begun && made.value.told.hash !== run.plan?.hash;
  if (!made.ok || changedMeanwhile) {
    const why = made.ok ? "Its plan would be another one now" : made.error.what;
    return begun ? lost(run, why, epoch) : end(run.title, epoch, "refused", `Refused, nothing was changed. ${why}`);
  }
  const { target, memory, told } = made.value;
  const contextFor = contextMaker(parts, {
    runId: run.id,
    target,
    journal,
    epoch,
    memory: new Map(Object.entries(memory)),
  });
  const flow: Flow = { parts, run, cancel, journal, epoch, made: made.value, contextFor };
  if (begun) return await goOn(flow);
  if (run.confirmedAt !== null && run.plan !== null) {
    const stale = (await notApproved(flow)) ?? staleReason(run.plan, told, parts.now());
    if (stale !== null) return end(run.title, epoch, stale.state, stale.verdict);
    return await act(flow);
  }
  const refused = await check(flow, run.mode === "run");
  if (refused !== null) return refused;
  if (run.mode === "plan") return await wait(flow);
  return run.mode === "dry" ? await rehearse(flow) : await act(flow);
}

/** Whether an engine had come as far as the first step. */
export function wasBegun(state: RunState): boolean {
  return state === "running" || state === "undoing" || state === "verifying";
}

async function makePlan(parts: EngineParts, run: RunRow, begun: boolean): Promise<Result<Made>> {
  const watched = parts.watcher.watched();
  const { store, now } = parts;
  if (run.undoOf === null) {
    const basis = begun ? ((await store.read((reading) => readBasis(reading, run.id))) as Basis) : undefined;
    const made = await planOn(watched, run, basis);
    if (!made.ok) return made;
    return ok({ ...made.value, told: describePlan(run, made.value.plan, now()), memory: run.memory });
  }
  const id = run.undoOf;
  const { origin, basis } = await store.read(async (reading) => ({
    origin: await findRun(reading, id),
    basis: (await readBasis(reading, id)) as Basis,
  }));
  if (origin === null) return err(noOrigin);
  const made = await planOn(watched, origin, basis);
  if (!made.ok) return made;
  const plan = undoPlan(made.value.plan, origin.steps);
  if (!plan.ok) return plan;
  const memory = { ...origin.memory, ...run.memory };
  return ok({ ...made.value, plan: plan.value, told: describePlan(run, plan.value, now()), memory });
}

const noOrigin: Failure = { kind: "no-such-object", what: "The run that it was to undo is not known any more" };

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

/** What asks for a second person is not begun without one, whatever wrote that it was confirmed. */
async function notApproved({ parts, run }: Flow): Promise<{ state: RunState; verdict: string } | null> {
  const approvals = await parts.store.read((reading) => listApprovals(reading, run.id));
  const good = approvals.filter(
    ({ word, planHash, by }) => word === "approved" && planHash === run.plan?.hash && by.name !== run.actor.name,
  );
  if (good.length >= approvalsNeeded(run.risk)) return null;
  return { state: "refused", verdict: "Refused, nothing was changed. Nobody else approved this plan" };
}

/** Probes live, all checks at once, and takes the locks if asked to. Returns the refusal, or `null` to go on. */
async function check(flow: Flow, take: boolean): Promise<Ended | null> {
  const { parts, run, cancel, journal, made, epoch, contextFor } = flow;
  const { plan, told, action } = made;
  const { manifest } = made.target.integration;
  const services = parts.watcher.watched().values();
  const symptoms =
    plan.node === undefined ? [] : openSymptoms(services, run.serviceId, plan.node).filter(isMeant(plan, run));
  const symptomRule = symptoms[0]?.finding.rule ?? null;
  journal.note("state", "checking");
  await journal.commit({
    state: "checking",
    title: told.title,
    plan: told,
    basis: made.basis,
    steps: waitingSteps(told),
    ...(run.confirmedAt === null ? { node: plan.node ?? null, symptoms, symptomRule } : {}),
    startedAt: parts.now(),
  });
  const own = await engineChecks(parts, { run, action, manifest, plan, holder: { runId: run.id, epoch } }, take);
  const seen = await preflight(plan, { contextFor, cancel, now: parts.now, redact: parts.redact });
  const checks = [...own, ...seen];
  for (const one of checks) journal.note("check", `${one.verdict}: ${one.title} — ${one.evidence} (${one.tookMs} ms)`);
  await journal.commit({ checks });
  if (cancel.aborted) return endOf(flow, "cancelled-clean", "Cancelled during the checks. Nothing was changed");
  const blocking = blockers(checks, run.risk);
  return blocking.length === 0 ? null : endOf(flow, "refused", refusalOf(blocking));
}

/** A remedy for one symptom is not judged by others of the same node that it never meant to heal. */
function isMeant({ symptoms }: ActionPlan, { serviceId }: RunRow) {
  return (one: Symptom) =>
    symptoms === undefined || (one.serviceId === serviceId && symptoms.includes(one.finding.rule));
}

async function wait({ parts, journal, made, run }: Flow): Promise<Outcome> {
  const told = describePlan(run, made.plan, parts.now());
  journal.note("state", "planned: waits for a confirmation");
  await journal.commit({ state: "planned", plan: told });
  return { kind: "waits" };
}

/** The same way as a real run, as far as it changes nothing. */
async function rehearse(flow: Flow): Promise<Ended> {
  const { made } = flow;
  const done = await execute(
    { ...executionOf(flow), dry: true, assertLocked: async () => undefined },
    waitingSteps(made.told),
  );
  switch (done.kind) {
    case "broken":
      return endOf(flow, done.state, done.verdict, done.left);
    case "rehearsed": {
      const next = done.before === null ? "" : ` The next step would be: ${done.before}`;
      return endOf(flow, "rehearsed", `Dry run: every check allows it, and nothing was changed.${next}`);
    }
    case "done":
      return endOf(flow, "rehearsed", "Dry run: nothing of it changes anything");
    default:
      return done satisfies never;
  }
}

async function act(flow: Flow): Promise<Outcome> {
  const { parts, run, made, epoch } = flow;
  const { action, plan } = made;
  const { manifest } = made.target.integration;
  if (run.confirmedAt !== null) {
    const current = await parts.store.read((reading) => findRun(reading, run.id));
    if (!isFresh(current?.checks ?? [], parts.now())) {
      const refused = await check(flow, true);
      if (refused !== null) return refused;
    } else {
      const own = await engineChecks(parts, { run, action, manifest, plan, holder: { runId: run.id, epoch } }, true);
      const blocking = blockers(own, run.risk);
      if (blocking.length > 0) return endOf(flow, "refused", refusalOf(blocking));
    }
  }
  const before = seenBefore(flow);
  await announce(flow);
  return await finish(flow, await execute(executionOf(flow), waitingSteps(made.told)), before);
}

/** A run that an engine left behind when it died. */
async function goOn(flow: Flow): Promise<Outcome> {
  const { run, journal, made } = flow;
  const before = seenBefore(flow);
  journal.note("state", "the poller stopped during this run: asking what is true now");
  await journal.commit();
  const steps = run.steps.length > 0 ? run.steps : waitingSteps(made.told);
  return await finish(flow, await resume(executionOf(flow), steps, run.state === "undoing"), before);
}

function executionOf({ parts, run, made, epoch, journal, cancel, contextFor }: Flow): Execution {
  const holder = { runId: run.id, epoch };
  const resources = resourcesOf(made.plan);
  return {
    plan: made.plan,
    contextFor,
    journal,
    cancel,
    now: parts.now,
    assertLocked: (writing) => assertLocked(writing, holder, resources),
  };
}

/** What was in trouble before the first step. */
interface Before {
  readonly before: ReadonlySet<string>;
  readonly redBefore: ReadonlySet<string>;
}

function seenBefore({ parts }: Flow): Before {
  const services = [...parts.watcher.watched().values()];
  return { before: troubleNow(services), redBefore: redNow(services) };
}

/** Proves what was done, or says honestly how far it came. */
async function finish(flow: Flow, done: Awaited<ReturnType<typeof execute>>, before: Before): Promise<Ended> {
  const { parts, run, cancel, journal, made, contextFor } = flow;
  const { plan } = made;
  if (done.kind === "broken") return endOf(flow, done.state, done.verdict, done.left);
  if (done.kind === "rehearsed") return endOf(flow, "rehearsed", "Dry run: nothing was changed");
  const symptoms = (await parts.store.read((reading) => findRun(reading, run.id)))?.symptoms ?? [];
  journal.note("state", `verifying: ${plan.verify.title}`);
  await journal.commit({ state: "verifying" });
  const proof = await prove({
    ...before,
    plan,
    symptoms,
    serviceId: run.serviceId,
    watcher: parts.watcher,
    contextFor,
    journal,
    cancel,
  });
  const caveat = plan.caveat === undefined ? "" : `. ${plan.caveat.replace(/\.$/, "")}`;
  switch (proof.kind) {
    case "proven":
      return {
        ...endOf(flow, "succeeded", `Proven: ${proof.words}${caveat}`),
        ...(plan.heals ? { healed: resourcesOf(plan) } : {}),
      };
    case "not-proven":
      return endOf(flow, "succeeded-not-fixed", `All steps were done, but it is ${proof.words}${caveat}`);
    case "made-worse":
      return endOf(flow, "succeeded-not-fixed", `All steps were done. Proven: ${proof.words}${caveat}`);
    case "cancelled":
      return endOf(flow, "cancelled-partial", "All steps were done; the proof was cancelled");
    default:
      return proof satisfies never;
  }
}

/** No audit, no action: who runs what is on disk before the first step. */
async function announce({ parts, run, journal, made }: Flow): Promise<void> {
  const { told } = made;
  journal.note("state", `running: ${told.title}`);
  const at = parts.now();
  await journal.commit(
    { state: "running", startedAt: at, basis: made.basis, memory: made.memory, steps: waitingSteps(told) },
    async (writing) => {
      const text = `${told.title}, started by ${run.confirmedBy ?? run.actor.name}`;
      const about = { at, kind: "run" as const, serviceId: run.serviceId, runId: run.id };
      await insertEvents(writing, [{ ...about, actor: run.actor.name, text }]);
      const after = { planHash: told.hash, touches: told.touches, params: run.params };
      const entry = { at, actor: run.actor, command: "start-run", target: run.serviceId, runId: run.id };
      await insertAudit(writing, { ...entry, after });
    },
  );
}

/** A begun run whose plan cannot be made again: nothing can be asked or undone, so all that was begun is in doubt. */
function lost(run: RunRow, why: string, epoch: number): Ended {
  const begun = run.steps.filter((step) => step.state === "running" || step.state === "failed");
  const done = run.steps.filter((step) => step.state === "done");
  const left = [...done.map(({ title }) => `in effect: ${title}`), ...begun.map(({ title }) => `in doubt: ${title}`)];
  const verdict = `The poller stopped during the run, and it cannot go on. ${why}. Look at the target`;
  return end(run.title, epoch, "unknown", verdict, left);
}

function endOf(flow: Flow, state: RunState, verdict: string, left: readonly string[] = []): Ended {
  return end(flow.made.told.title, flow.epoch, state, verdict, left);
}

function end(title: string, epoch: number, state: RunState, verdict: string, left: readonly string[] = []): Ended {
  return { kind: "ended", state, verdict, title, left, epoch };
}
