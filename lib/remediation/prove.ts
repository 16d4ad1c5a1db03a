import { setTimeout as wait } from "node:timers/promises";
import { formatDuration } from "#lib/core/duration.ts";
import type { ActionContext, ActionPlan } from "#lib/integrations/integration.ts";
import { runBounded } from "#lib/remediation/bounded.ts";
import type { Part } from "#lib/remediation/execution.ts";
import type { Journal } from "#lib/remediation/journal.ts";
import { neighboursOf, newlyRed } from "#lib/remediation/neighbours.ts";
import { greenPolls, stillOpen, subjectOf, whyUnseen } from "#lib/remediation/symptoms.ts";
import type { FreshPoll, WatchedService, Watcher } from "#lib/remediation/watcher.ts";
import type { Symptom } from "#lib/store/runs.ts";
import type { Run } from "#lib/wire/run.ts";

export type Proof =
  | { readonly kind: "proven"; readonly words: string }
  | { readonly kind: "not-proven"; readonly words: string }
  /** It had its effect, and something beside it is red since. */
  | { readonly kind: "made-worse"; readonly words: string }
  | { readonly kind: "cancelled" };

/** A symptom has at least this long to go away: a balancer's own checks need their time to see a server again. */
export const symptomPatienceMs = 60_000;

interface Trial {
  readonly title: string;
  readonly wanted: number;
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly look: () => Promise<{ readonly holds: boolean; readonly evidence: string }>;
  /** Told in the journal alone. */
  readonly aside?: true;
}

/**
 * Proves that a run had its effect: first by the action's own probe of the target, then by the symptom that somebody saw
 * red, polled afresh wherever it was seen. Both must hold several times in a row. At last nothing beside it may be red that
 * was not before.
 */
export async function prove(parts: {
  readonly plan: ActionPlan;
  readonly symptoms: readonly Symptom[];
  /** What was in trouble before the first step; see `troubleNow`. */
  readonly before: ReadonlySet<string>;
  /** Of the run. */
  readonly serviceId: string;
  /** What was critical then; see `redNow`. */
  readonly redBefore: ReadonlySet<string>;
  /** How long what is red beside it may take to go away by itself. */
  readonly patienceMs?: number;
  readonly watcher: Watcher;
  readonly contextFor: (signal: AbortSignal, part: Part) => ActionContext;
  readonly journal: Journal;
  readonly cancel: AbortSignal;
}): Promise<Proof> {
  const effect = await proveEffect(parts);
  if (effect.kind !== "proven" || parts.plan.neighbours === "may suffer") return effect;
  const { plan, serviceId, redBefore, patienceMs = symptomPatienceMs, watcher, journal, cancel } = parts;
  const near = nearTo(watcher, serviceId);
  if (near.length === 0) return effect;
  const calm = await tryUntil(journal, cancel, {
    title: "Nothing beside it got worse",
    wanted: calmPolls,
    everyMs: Math.max(plan.verify.everyMs, 250),
    timeoutMs: patienceMs,
    look: () => lookAtNeighbours(near, redBefore, watcher),
    aside: true,
  });
  switch (calm.kind) {
    case "not-proven":
      return { kind: "made-worse", words: `${effect.words}. But it is ${calm.words}` };
    case "cancelled":
      return calm;
    default:
      return effect;
  }
}

async function proveEffect(parts: Parameters<typeof prove>[0]): Promise<Proof> {
  const { plan, symptoms, before, watcher, contextFor, journal, cancel } = parts;
  const { verify } = plan;
  const probed = await tryUntil(journal, cancel, {
    title: verify.title,
    wanted: verify.consecutive,
    everyMs: verify.everyMs,
    timeoutMs: verify.timeoutMs,
    look: () => probe(verify, contextFor, cancel),
  });
  if (probed.kind !== "proven" || !plan.heals || symptoms.length === 0) return probed;
  const subject = subjectOf(symptoms);
  const seen = await tryUntil(journal, cancel, {
    title: `${subject} green`,
    wanted: greenPolls,
    everyMs: Math.max(verify.everyMs, 250),
    timeoutMs: Math.max(verify.timeoutMs, symptomPatienceMs),
    look: () => lookAtSymptoms(symptoms, before, watcher),
  });
  if (seen.kind === "proven") return { kind: "proven", words: `${subject} green for ${greenPolls} polls` };
  return seen;
}

async function probe(
  verify: ActionPlan["verify"],
  contextFor: (signal: AbortSignal, part: Part) => ActionContext,
  cancel: AbortSignal,
): Promise<{ holds: boolean; evidence: string }> {
  const outcome = await runBounded(
    (signal) => verify.probe(contextFor(signal, { id: "verify" })),
    verify.timeoutMs,
    cancel,
  );
  if (outcome.kind === "ended") return outcome.value;
  const name = outcome.kind === "threw" && outcome.bug instanceof Error ? outcome.bug.name : "no answer in time";
  return { holds: false, evidence: `could not be asked: ${name}` };
}

async function lookAtSymptoms(symptoms: readonly Symptom[], before: ReadonlySet<string>, watcher: Watcher) {
  const byService = new Map<string, Symptom[]>();
  for (const symptom of symptoms) {
    byService.set(symptom.serviceId, [...(byService.get(symptom.serviceId) ?? []), symptom]);
  }
  const looks = [...byService].map(async ([id, mine]) => redOf(mine, await watcher.pollNow(id), before));
  const red = (await Promise.all(looks)).flat();
  return { holds: red.length === 0, evidence: red.length === 0 ? "green" : red.join("; ") };
}

/** A balancer takes some checks to call a server down, and the second look is a poll later. */
const calmPolls = 2;

function nearTo(watcher: Watcher, serviceId: string): readonly WatchedService[] {
  const watched = watcher.watched();
  const beside = [...watched.values()].map(({ service, integration }) => ({
    service,
    nodes: integration.manifest.nodes(service.config),
  }));
  return neighboursOf(beside, serviceId).flatMap((id) => watched.get(id) ?? []);
}

async function lookAtNeighbours(near: readonly WatchedService[], before: ReadonlySet<string>, watcher: Watcher) {
  const looks = near.map(async ({ service }) => newlyRed(service, await watcher.pollNow(service.id), before));
  const red = (await Promise.all(looks)).flat();
  return { holds: red.length === 0, evidence: red.length === 0 ? `${near.length} looked at` : red.join("; ") };
}

function redOf(symptoms: readonly Symptom[], poll: FreshPoll | null, before: ReadonlySet<string>): string[] {
  const open = stillOpen(symptoms, poll, before);
  if (poll === null) return [`${symptoms[0]?.serviceName} is no longer watched`];
  const unseen = whyUnseen(poll);
  if (unseen !== null) return [`${symptoms[0]?.serviceName} cannot be seen: ${unseen}`];
  return open.map(({ serviceName, finding }) => `${serviceName}: ${finding.message}`);
}

/** Looks until it held often enough in a row, or the time is over. The last look counts, not a lucky one before. */
async function tryUntil(journal: Journal, cancel: AbortSignal, trial: Trial): Promise<Proof> {
  const endAt = performance.now() + trial.timeoutMs;
  const { title, wanted } = trial;
  let held = 0;
  let told = "";
  for (;;) {
    if (cancel.aborted) return { kind: "cancelled" };
    const { holds, evidence } = await trial.look();
    if (cancel.aborted) return { kind: "cancelled" };
    held = holds ? held + 1 : 0;
    const line = holds ? `${title}: ${held} of ${wanted} · ${evidence}` : `${title}: not yet · ${evidence}`;
    if (line !== told) journal.note("verify", line);
    told = line;
    const verification: Run["verification"] = { title, held, wanted, evidence: journal.redact(evidence) };
    await journal.commit(trial.aside === true ? {} : { verification });
    if (held >= wanted) return { kind: "proven", words: `${title} (${wanted} times in a row): ${evidence}` };
    if (performance.now() + trial.everyMs > endAt) {
      const words = `not proven within ${formatDuration(trial.timeoutMs)}: ${title}; last seen: ${evidence}`;
      return { kind: "not-proven", words };
    }
    await wait(trial.everyMs, undefined, { signal: cancel }).catch(() => undefined);
  }
}
