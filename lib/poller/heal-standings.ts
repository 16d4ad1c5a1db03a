import { type HealRule, type HealStanding, stoppedAlarm } from "#lib/core/heal.ts";
import { nearest } from "#lib/core/nearest.ts";
import type { HealsKnown } from "#lib/poller/heal-scene.ts";
import type { Stood } from "#lib/remediation/heal-targets.ts";
import type { HealJudgement } from "#lib/remediation/judge-heal.ts";
import { clearAlarm } from "#lib/store/alarms.ts";
import { deleteHealRule, listHealRules, writeHealRule } from "#lib/store/heal-rules.ts";
import type { Store } from "#lib/store/open-store.ts";

export interface ToldRule {
  readonly serviceId: string;
  readonly rule: HealRule;
  readonly standing: HealStanding;
}

/** Keeps the stored heal rules, and how they stand, as they are; writes only what is news. */
export interface HealStandings {
  /** All rules there are, in the order of the configuration. Rules that are not among them are forgotten. */
  readonly tell: (rules: readonly ToldRule[]) => Promise<void>;
  readonly isEmpty: () => boolean;
  /** Whether one was told of as stopped. */
  readonly anyStopped: () => boolean;
}

export function createHealStandings(store: Pick<Store, "read" | "write">): HealStandings {
  /** By service and rule, what is stored; `null` before the store was asked. */
  let written: Map<string, string> | null = null;
  let stopped = false;

  return {
    isEmpty: () => written !== null && written.size === 0,
    anyStopped: () => stopped,
    tell: async (rules) => {
      if (written === null) {
        const stored = await store.read(listHealRules);
        written = new Map(stored.map(({ serviceId, rule }) => [keyOf(serviceId, rule.when), ""]));
      }
      const before = written;
      const wanted = new Map(
        rules.map((told, position) => [keyOf(told.serviceId, told.rule.when), { ...told, position }]),
      );
      const changed = [...wanted].filter(([key, told]) => before.get(key) !== JSON.stringify(told));
      const gone = [...before.keys()].filter((key) => !wanted.has(key));
      stopped = rules.some(({ standing }) => standing.kind === "stopped");
      if (changed.length === 0 && gone.length === 0) return;
      await store.write(async (writing) => {
        for (const [, told] of changed) await writeHealRule(writing, told);
        for (const key of gone) {
          const [serviceId = "", when = ""] = key.split("|");
          await deleteHealRule(writing, serviceId, when);
          await clearAlarm(writing, serviceId, stoppedAlarm(when));
        }
      });
      written = new Map([...wanted].map(([key, told]) => [key, JSON.stringify(told)]));
    },
  };
}

function keyOf(serviceId: string, when: string): string {
  return `${serviceId}|${when}`;
}

/** There is nothing to heal. */
export const ready: HealStanding = { kind: "ready", words: "", until: null };

/** A rule for nodes that the service turns out not to have would wait for ever without a word. `nodes`: those it has. */
export function strayStanding(rule: HealRule, nodes: readonly string[]): HealStanding | null {
  const stray = rule.nodes?.filter((name) => !nodes.includes(name)) ?? [];
  const [first] = stray;
  if (first === undefined) return null;
  const meant = stray.length === 1 ? nearest(first, nodes) : undefined;
  const words = `the service has no node ${stray.join(", ")}${meant === undefined ? "" : `; did you mean ${meant}?`}`;
  return { kind: "held", words, until: null };
}

/** The rule as a whole: the most that is going on with any of its targets. */
export function standingOf(
  rule: HealRule,
  stopped: string | null,
  known: HealsKnown,
  serviceId: string,
  told: readonly { readonly judgement: HealJudgement; readonly stood: Stood }[],
): HealStanding {
  if (stopped !== null) return { kind: "stopped", words: stopped, until: null };
  const heal = known.open.find(
    (one) => one.outcome === "running" && one.serviceId === serviceId && one.rule === rule.when,
  );
  if (heal !== undefined) return { kind: "healing", words: heal.finding.message, until: null };
  for (const { judgement, stood } of told) {
    const where = stood.finding.node ?? "the service";
    if (judgement.kind === "refuse") {
      const words = judgement.reasons.map((reason) => reason.words).join("; ");
      return { kind: "held", words: `${where}: ${words}`, until: null };
    }
    if (judgement.kind === "stop") return { kind: "stopped", words: judgement.words, until: null };
    if (judgement.kind === "start") {
      return rule.mode === "observe"
        ? { kind: "held", words: `${where}: would start ${rule.action}, and only observes`, until: null }
        : { kind: "healing", words: stood.finding.message, until: null };
    }
    if (judgement.kind === "wait")
      return { kind: "waiting", words: `${where}: ${judgement.words}`, until: judgement.until };
  }
  return ready;
}
