import { certainOf } from "#lib/core/certain.ts";
import type { HealRule } from "#lib/core/heal.ts";
import { findTroubles } from "#lib/core/root-cause.ts";
import { subjectsOf } from "#lib/core/verdict.ts";
import type { Offer } from "#lib/integrations/integration.ts";
import { verdictInputOf } from "#lib/poller/verdict-input.ts";
import type { Watched } from "#lib/poller/watched.ts";
import { deployGoingOn, readDeploys } from "#lib/remediation/deploys.ts";
import { paramsFor, poolOf, redOf, type Stood } from "#lib/remediation/heal-targets.ts";
import type { HealScene } from "#lib/remediation/judge-heal.ts";
import { type AutomationOff, everything, listOff, serviceScope } from "#lib/store/automation.ts";
import { listFoundDependencies } from "#lib/store/found-dependencies.ts";
import { type HealRuleRow, listHealRules } from "#lib/store/heal-rules.ts";
import { type HealRow, openHeals, startedHeals } from "#lib/store/heals.ts";
import { type MuteRow, mutesAt } from "#lib/store/mutes.ts";
import type { Reading } from "#lib/store/open-store.ts";
import { listRuns, openRuns, type RunRow } from "#lib/store/runs.ts";
import type { TimelineEvent } from "#lib/wire/timeline.ts";

/** What the store knows that decides about heals, from one cut. */
export interface HealsKnown {
  readonly open: readonly HealRow[];
  readonly started: readonly HealRow[];
  readonly rules: readonly HealRuleRow[];
  readonly runs: readonly RunRow[];
  /** By service, its last runs. */
  readonly lastRuns: ReadonlyMap<string, readonly RunRow[]>;
  readonly off: readonly AutomationOff[];
  readonly mutes: readonly MuteRow[];
  readonly deploys: readonly TimelineEvent[];
  readonly found: Awaited<ReturnType<typeof listFoundDependencies>>;
}

const dayMs = 86_400_000;

export async function readHealsKnown(
  reading: Reading,
  serviceIds: readonly string[],
  now: number,
): Promise<HealsKnown> {
  const lastRuns = new Map<string, readonly RunRow[]>();
  for (const serviceId of serviceIds) lastRuns.set(serviceId, await listRuns(reading, { serviceId, limit: 20 }));
  return {
    open: await openHeals(reading),
    started: await startedHeals(reading, now - dayMs),
    rules: await listHealRules(reading),
    runs: await openRuns(reading),
    lastRuns,
    off: await listOff(reading, now),
    mutes: await mutesAt(reading, now),
    deploys: await readDeploys(reading, now),
    found: await listFoundDependencies(reading),
  };
}

/** What the poller itself knows beside the store. */
export interface HealSurroundings {
  readonly watched: readonly Watched[];
  readonly covers: (serviceId: string) => boolean;
  readonly heldBack: (serviceId: string) => string | null;
  readonly massFailure: number;
}

/** When something was last done to a service, by whomever. */
export function actedAt(known: HealsKnown, serviceId: string): number | null {
  const ends = (known.lastRuns.get(serviceId) ?? []).flatMap(({ finishedAt, steps }) =>
    finishedAt !== null && steps.some(({ state }) => state !== "waiting" && state !== "skipped") ? [finishedAt] : [],
  );
  return ends.length === 0 ? null : Math.max(...ends);
}

/** Everything that decides about one target of one rule. */
export function sceneOf(
  of: {
    readonly one: Watched;
    readonly rule: HealRule;
    readonly stood: Stood;
    readonly offer: Offer | undefined;
    readonly turnedDown: HealScene["turnedDown"];
  },
  known: HealsKnown,
  around: HealSurroundings,
  now: number,
): HealScene {
  const { one, rule, stood, offer, turnedDown } = of;
  const { service, state, integration } = one;
  const { memory, status } = state;
  const pool = poolOf(integration.manifest.nodes(service.config), offer, stood.finding);
  const findings = around.watched.flatMap((each) => each.state.findings);
  const stopped = known.rules.find((row) => row.serviceId === service.id && row.rule.when === rule.when);
  const mute = known.mutes.find(({ kind, serviceId }) => kind === "acknowledgement" && serviceId === service.id);
  return {
    rule,
    stood,
    confirmed: certainOf(memory) !== null && status === memory.hard && memory.told === memory.hard,
    flapping: memory.flapping,
    pool: { size: pool.length, red: redOf(pool, rule, findings) },
    everything: { ...allOf(around), massFailure: around.massFailure },
    distrust: around.heldBack(service.id),
    automationOff: offWords(known.off, service.id),
    planned: around.covers(service.id) ? "it is in maintenance" : null,
    acknowledged:
      mute === undefined
        ? null
        : `${mute.by} has taken it upon themselves${mute.words === "" ? "" : `: ${mute.words}`}`,
    deploy: deployGoingOn(known.deploys, service.id, now),
    cause: causeOf(one, known, around, now),
    impossible: impossibleWords(rule, stood, offer),
    inFlight: inFlightWords(known, service.id, pool),
    actedAt: actedAt(known, service.id),
    turnedDown,
    healedAt: healsOf(known, service.id, rule, stopped).map(({ at }) => at),
    stopped: stopped?.stopped?.words ?? null,
  };
}

/** What the rule healed, or would have, since a person last acknowledged. */
export function healsOf(
  { started }: Pick<HealsKnown, "started">,
  serviceId: string,
  rule: HealRule,
  row: HealRuleRow | undefined,
): HealRow[] {
  const from = row?.acknowledged?.at ?? 0;
  return started.filter((heal) => heal.serviceId === serviceId && heal.rule === rule.when && heal.at >= from);
}

function allOf({ watched, covers }: HealSurroundings): { size: number; red: number } {
  const counted = watched.filter(({ service, state }) => state.checkedAt !== null && !covers(service.id));
  const red = counted.filter(({ state }) => state.status === "critical" || state.status === "unknown");
  return { size: counted.length, red: red.length };
}

function offWords(off: readonly AutomationOff[], serviceId: string): string | null {
  const holding = off.find(({ scope }) => scope === everything || scope === serviceScope(serviceId));
  return holding === undefined ? null : `automation is off, by ${holding.by}: ${holding.reason}`;
}

/** Where the trouble starts, when that is elsewhere. */
function causeOf(
  { service }: Watched,
  known: HealsKnown,
  { watched, covers }: HealSurroundings,
  now: number,
): string | null {
  const inputs = watched.map((each) => ({
    ...verdictInputOf(each, covers(each.service.id)),
    found: known.found.get(each.service.id),
  }));
  const trouble = findTroubles(subjectsOf(inputs, now)).find(({ symptoms }) =>
    symptoms.some(({ id }) => id === service.id),
  );
  return trouble === undefined ? null : `it starts at ${trouble.root.told.name}`;
}

function impossibleWords(rule: HealRule, { finding }: Stood, offer: Offer | undefined): string | null {
  if (offer === undefined) return `its kind has no action ${rule.action}`;
  const params = paramsFor(rule, finding, offer);
  return params.ok ? null : params.error;
}

/** One at a time in a pool: whoever does it, and until what it was to heal is seen to be gone. */
function inFlightWords(known: HealsKnown, serviceId: string, pool: readonly string[]): string | null {
  const mine = (one: { readonly serviceId: string; readonly node: string | null }) =>
    one.serviceId === serviceId || (one.node !== null && pool.includes(one.node));
  const run = known.runs.find(mine);
  if (run !== undefined) return `“${run.title}” is under way, by ${run.confirmedBy ?? run.actor.name}`;
  const heal = known.open.find((one) => one.outcome === "running" && mine(one));
  return heal === undefined ? null : `the heal of ${heal.node ?? heal.serviceId} is not proven yet`;
}
