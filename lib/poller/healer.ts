import type { Logger } from "pino";
import { requestRun } from "#lib/commands/request-run.ts";
import { findingKey } from "#lib/core/finding.ts";
import { type HealRule, type HealStanding, stoppedAlarm } from "#lib/core/heal.ts";
import type { Offer } from "#lib/integrations/integration.ts";
import { createHealEnds } from "#lib/poller/heal-ends.ts";
import { createHealEpisodes } from "#lib/poller/heal-episodes.ts";
import { createHealLedger, occasionOf, stoppedWords } from "#lib/poller/heal-ledger.ts";
import {
  actedAt,
  type HealSurroundings,
  type HealsKnown,
  healsOf,
  readHealsKnown,
  sceneOf,
} from "#lib/poller/heal-scene.ts";
import { createHealStandings, ready, standingOf, strayStanding } from "#lib/poller/heal-standings.ts";
import type { Loop } from "#lib/poller/loop.ts";
import { loadParts, type Watched } from "#lib/poller/watched.ts";
import { type Followed, followTargets, nothingFollowed, paramsFor, type Stood } from "#lib/remediation/heal-targets.ts";
import { type HealJudgement, type HealRefusal, type HealScene, judgeHeal } from "#lib/remediation/judge-heal.ts";
import { raiseAlarm } from "#lib/store/alarms.ts";
import type { HealRuleRow, HealStop } from "#lib/store/heal-rules.ts";
import type { HealRow } from "#lib/store/heals.ts";
import type { Store } from "#lib/store/open-store.ts";
import { hasOpenHeals } from "#lib/store/pending.ts";

/**
 * Starts by itself what heal rules allow, through the same request and the same engine as people, and writes down what it
 * did and what it did not do. Whether it may is decided by `judgeHeal` alone.
 */
export interface Healer {
  readonly step: () => Promise<void>;
}

export interface HealerParts {
  readonly store: Store;
  readonly loop: Loop;
  readonly covers: (serviceId: string) => boolean;
  readonly massFailure: () => number;
  readonly redact: (text: string) => string;
  readonly log: Logger;
  readonly now: () => number;
}

export function createHealer(parts: HealerParts): Healer {
  const { store, loop, now, log } = parts;
  const ledger = createHealLedger(store, parts.redact);
  const standings = createHealStandings(store);
  const ends = createHealEnds({ store, watched: loop.watched, ledger, log, now });
  const followed = new Map<string, Followed>();
  const episodes = createHealEpisodes(ledger, now);
  const turnedDown = new Map<string, NonNullable<HealScene["turnedDown"]>>();
  const acted = new Map<string, number | null>();
  /** Severity with which the alarm of a stopped rule was last told. */
  const alarmed = new Map<string, "warning" | "critical">();
  let adopted = false;
  let ruled: { readonly watched: ReturnType<Loop["watched"]>; readonly rules: readonly Ruled[] } | undefined;

  const targetsOf = ({ service }: Watched, rule: HealRule) =>
    followed.get(`${service.id}|${rule.when}`)?.stood ?? new Map<string, Stood>();

  function follow(one: Watched, rule: HealRule): void {
    const key = `${one.service.id}|${rule.when}`;
    const { checkedAt, findings, failure } = one.state;
    const poll = {
      at: checkedAt ?? Number.NEGATIVE_INFINITY,
      findings,
      failed: failure !== null || checkedAt === null,
    };
    followed.set(
      key,
      followTargets(followed.get(key) ?? nothingFollowed, rule, poll, acted.get(one.service.id) ?? null),
    );
  }

  /** What the poller before this one left open: nobody counts it any more. Its heals are followed to their end. */
  async function adopt(known: HealsKnown): Promise<void> {
    for (const row of known.open) if (row.outcome !== "running") await ledger.count(row.id, row, row.lastAt);
    adopted = true;
  }

  function noteTurnDown(
    { serviceId, rule, finding }: Pick<HealRow, "serviceId" | "rule" | "finding">,
    refused: boolean,
  ): void {
    const key = targetKey(serviceId, rule, findingKey(finding));
    if (refused) turnedDown.set(key, { at: now(), times: (turnedDown.get(key)?.times ?? 0) + 1 });
    else turnedDown.delete(key);
  }

  async function judgeRule(one: Watched, rule: HealRule, known: HealsKnown, turn: Turn): Promise<HealStanding> {
    const { service } = one;
    const offer = await offerOf(one, rule);
    const told: { judgement: HealJudgement; stood: Stood }[] = [];
    for (const [key, stood] of targetsOf(one, rule)) {
      const id = targetKey(service.id, rule.when, key);
      const judged = judgeHeal(sceneOf(asked(id, one, rule, stood, offer), known, turn.around, now()), now());
      // What was started a moment ago is not among what is known yet.
      const judgement = judged.kind === "start" && turn.started ? underWay : judged;
      told.push({ judgement, stood });
      await carry({ id, one, rule, stood, judgement, known });
      if (judgement.kind === "start" && rule.mode === "act") turn.started = await start(one, rule, stood, turn);
    }
    await closeGone(service.id, rule, targetsOf(one, rule));
    const row = ruleRow(known, service.id, rule);
    await tellStopped(one, rule, row?.stopped ?? null, told.length > 0);
    return standingOf(rule, row?.stopped?.words ?? null, known, service.id, told);
  }

  function asked(id: string, one: Watched, rule: HealRule, stood: Stood, offer: Offer | undefined) {
    return { one, rule, stood, offer, turnedDown: turnedDown.get(id) ?? null };
  }

  /** Writes down what was judged of one target, where it is news. */
  async function carry(of: {
    readonly id: string;
    readonly one: Watched;
    readonly rule: HealRule;
    readonly stood: Stood;
    readonly judgement: HealJudgement;
    readonly known: HealsKnown;
  }): Promise<void> {
    const { id, one, rule, stood, judgement, known } = of;
    const occasion = occasionOf(one.service, rule, stood.finding);
    const polledAt = one.state.checkedAt ?? now();
    const observed = episodes.isSame(id, "observed");
    switch (judgement.kind) {
      case "refuse":
        if (observed) return await episodes.goOn(id, polledAt);
        return await episodes.tell(id, reasonsKey(judgement.reasons), polledAt, () =>
          ledger.refuse(occasion, judgement.reasons, now()),
        );
      case "start":
        if (rule.mode === "act") return await episodes.close(id);
        if (observed) return await episodes.goOn(id, polledAt);
        return await episodes.tell(id, "observed", polledAt, () => ledger.observe(occasion, now()));
      case "stop": {
        await episodes.close(id);
        const [last] = healsOf(known, one.service.id, rule, ruleRow(known, one.service.id, rule));
        log.warn({ service: one.service.id, rule: rule.when }, "a heal rule stopped itself");
        alarmed.set(`${one.service.id}|${rule.when}`, "critical");
        return await ledger.stop(occasion, judgement.words, last?.runId ?? null, now());
      }
      case "wait":
        return observed ? await episodes.goOn(id, polledAt) : await episodes.close(id);
      case "stopped":
        return await episodes.close(id);
      default:
        judgement satisfies never;
    }
  }

  async function closeGone(serviceId: string, rule: HealRule, targets: ReadonlyMap<string, Stood>): Promise<void> {
    const prefix = targetKey(serviceId, rule.when, "");
    const gone = (id: string) => id.startsWith(prefix) && !targets.has(id.slice(prefix.length));
    for (const id of episodes.targets().filter(gone)) await episodes.close(id);
    for (const id of [...turnedDown.keys()].filter(gone)) turnedDown.delete(id);
  }

  /**
   * Looks once more, judges by what is known then, and asks for the run as anybody would. Returns whether it was asked for.
   */
  async function start(one: Watched, rule: HealRule, before: Stood, { around }: Turn): Promise<boolean> {
    const { service } = one;
    const key = findingKey(before.finding);
    const fresh = await loop.pollNow(service.id);
    if (fresh === null || fresh.state.failure !== null) return false;
    const known = await store.read((reading) => readHealsKnown(reading, [service.id], now()));
    follow(one, rule);
    const stood = targetsOf(one, rule).get(key);
    const offer = await offerOf(one, rule);
    if (stood === undefined || offer === undefined) return false;
    const scene = sceneOf(asked(targetKey(service.id, rule.when, key), one, rule, stood, offer), known, around, now());
    const params = paramsFor(rule, stood.finding, offer);
    if (judgeHeal(scene, now()).kind !== "start" || !params.ok) return false;
    const occasion = occasionOf(one.service, rule, stood.finding);
    const id = await ledger.begin(occasion, now());
    log.info({ service: service.id, rule: rule.when, node: stood.finding.node }, "a heal rule starts its action");
    const reason = stood.finding.message.slice(0, 500);
    const body = { serviceId: service.id, action: rule.action, params: params.value, mode: "run", reason };
    const run = await requestRun(store, occasion.actor, { body, idempotencyKey: id }, now());
    if (run.ok) await ledger.link(id, run.value.id);
    else {
      await ledger.turnDown(occasion, id, run.error.detail, now());
      noteTurnDown({ serviceId: service.id, rule: rule.when, finding: stood.finding }, true);
    }
    return true;
  }

  /** While the trouble stands the alarm is as bad as can be; afterwards it only waits to be acknowledged. */
  async function tellStopped(one: Watched, rule: HealRule, stopped: HealStop | null, stands: boolean): Promise<void> {
    const key = `${one.service.id}|${rule.when}`;
    const severity = stands ? "critical" : "warning";
    if (stopped === null) return void alarmed.delete(key);
    if (alarmed.get(key) === severity) return;
    alarmed.set(key, severity);
    const { at: since, words, runId } = stopped;
    const about = {
      serviceId: one.service.id,
      key: stoppedAlarm(rule.when),
      node: null,
      facts: {},
      runId: runId ?? "",
    };
    const message = stoppedWords(rule, words);
    await store.write((writing) => raiseAlarm(writing, { ...about, severity, message, since }));
  }

  /** Rules of services that are watched, each with its service; looked up anew when others are watched. */
  function allRules(): readonly Ruled[] {
    const watched = loop.watched();
    if (ruled?.watched !== watched) {
      const rules = [...watched.values()].flatMap((one) => (one.service.heal ?? []).map((rule) => ({ one, rule })));
      ruled = { watched, rules };
    }
    return ruled.rules;
  }

  /** Nothing to heal, nothing under way and nothing to be told of: then the store need not be asked. */
  function isQuiet(rules: ReturnType<typeof allRules>): boolean {
    if (!adopted || episodes.targets().length > 0 || standings.anyStopped() || hasOpenHeals(store.history))
      return false;
    return rules.every(({ one, rule }) => targetsOf(one, rule).size === 0);
  }

  return {
    step: async () => {
      const rules = allRules();
      for (const { one, rule } of rules) follow(one, rule);
      const told = (standing: HealStanding, { one, rule }: (typeof rules)[number]) => ({
        serviceId: one.service.id,
        rule,
        standing: standing.kind === "ready" ? (strayOf(one, rule) ?? standing) : standing,
      });
      if (isQuiet(rules)) return await standings.tell(rules.map((each) => told(ready, each)));
      const ids = [...new Set(rules.map(({ one }) => one.service.id))];
      const known = await store.read((reading) => readHealsKnown(reading, ids, now()));
      if (!adopted) await adopt(known);
      await ends.step(known, noteTurnDown);
      for (const id of ids) acted.set(id, actedAt(known, id));
      for (const { one, rule } of rules) follow(one, rule);
      const { covers } = parts;
      const watched = [...loop.watched().values()];
      const around = { watched, covers, heldBack: loop.heldBack, massFailure: parts.massFailure() };
      const turn: Turn = { around, started: false };
      const standing = [];
      for (const each of rules) standing.push(told(await judgeRule(each.one, each.rule, known, turn), each));
      await standings.tell(standing);
    },
  };
}

/** A rule, with a service that has it. */
interface Ruled {
  readonly one: Watched;
  readonly rule: HealRule;
}

/** One turn of the healer: at most one start, so that each is judged by what the one before changed. */
interface Turn {
  readonly around: HealSurroundings;
  started: boolean;
}

async function offerOf(one: Watched, rule: HealRule): Promise<Offer | undefined> {
  const action = (await loadParts(one)).actions.find(({ id }) => id === rule.action);
  return action?.offer(one.service.config, one.state.detail);
}

/** Nodes that only a poll tells of, which the configuration could not be held to. */
function strayOf({ service, integration: { manifest }, state }: Watched, rule: HealRule): HealStanding | null {
  if (manifest.members === undefined || state.detail === null) return null;
  return strayStanding(rule, [...manifest.nodes(service.config), ...manifest.members(state.detail)]);
}

function ruleRow({ rules }: HealsKnown, serviceId: string, { when }: HealRule): HealRuleRow | undefined {
  return rules.find((row) => row.serviceId === serviceId && row.rule.when === when);
}

const underWay: HealJudgement = { kind: "wait", words: "waits: another one of the pool is being healed", until: null };

function targetKey(serviceId: string, when: string, key: string): string {
  return `${serviceId} ${when} ${key}`;
}

function reasonsKey(reasons: readonly HealRefusal[]): string {
  return reasons.map(({ kind }) => kind).join();
}
