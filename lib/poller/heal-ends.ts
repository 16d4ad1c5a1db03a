import type { Logger } from "pino";
import { ruleActor } from "#lib/access/actor.ts";
import { findingKey } from "#lib/core/finding.ts";
import { type HealRule, leastPolls } from "#lib/core/heal.ts";
import { type HealLedger, occasionOf } from "#lib/poller/heal-ledger.ts";
import type { HealsKnown } from "#lib/poller/heal-scene.ts";
import type { Watched } from "#lib/poller/watched.ts";
import { type Afterwards, healEndOf } from "#lib/remediation/heal-end.ts";
import { isTarget } from "#lib/remediation/heal-targets.ts";
import type { HealRow } from "#lib/store/heals.ts";
import type { Store } from "#lib/store/open-store.ts";
import { findRun, findRunByKey, type RunRow } from "#lib/store/runs.ts";

/** Follows the heals that were started to their end, also those of a poller before. */
export interface HealEnds {
  /** Brings every heal to its end whose run has ended. Each is told to `told`, with whether it was turned down. */
  readonly step: (known: HealsKnown, told: (heal: HealRow, turnedDown: boolean) => void) => Promise<void>;
}

export interface HealEndsParts {
  readonly store: Pick<Store, "read">;
  readonly watched: () => ReadonlyMap<string, Watched>;
  readonly ledger: HealLedger;
  readonly log: Logger;
  readonly now: () => number;
}

export function createHealEnds({ store, watched, ledger, log, now }: HealEndsParts): HealEnds {
  /** The run of a heal, found by its key where the poller died before it had noted it. */
  async function runOf(heal: HealRow): Promise<RunRow | null> {
    const { runId } = heal;
    if (runId !== null) return await store.read((reading) => findRun(reading, runId));
    const { name } = ruleActor({ id: heal.serviceId, group: null }, heal.rule);
    const run = await store.read((reading) => findRunByKey(reading, name, heal.id));
    if (run !== null) await ledger.link(heal.id, run.id);
    return run;
  }

  async function endOne(heal: HealRow, told: (heal: HealRow, turnedDown: boolean) => void): Promise<void> {
    const one = watched().get(heal.serviceId);
    const rule = one?.service.heal?.find(({ when }) => when === heal.rule);
    const run = await runOf(heal);
    if (run === null) {
      const words = "the poller stopped before the run was asked for; nothing was changed";
      return await ledger.end(heal, { outcome: "refused", words }, null, now());
    }
    const patienceMs = Math.max(rule?.warmUpMs ?? 0, leastPolls * (one?.service.intervalMs ?? 0));
    const polls = one?.state.trend.pollsAfter(run.finishedAt ?? Number.POSITIVE_INFINITY) ?? 0;
    const end = healEndOf(run, { says: saysOf(one, rule, heal, run), polls }, patienceMs, now());
    if (end.outcome === "running") return;
    const failed = end.outcome === "failed" || end.outcome === "did-not-help";
    const of = failed && one !== undefined && rule !== undefined ? occasionOf(one.service, rule, heal.finding) : null;
    log.info({ service: heal.serviceId, rule: heal.rule, outcome: end.outcome }, "a heal has ended");
    await ledger.end({ ...heal, runId: run.id }, end, of, now());
    told(heal, end.outcome === "refused");
  }

  return {
    step: async ({ open }, told) => {
      for (const heal of open) if (heal.outcome === "running") await endOne(heal, told);
    },
  };
}

/** What the last poll says, where it came after the run's end. */
function saysOf(
  one: Watched | undefined,
  rule: HealRule | undefined,
  { finding }: HealRow,
  run: RunRow,
): Afterwards["says"] {
  if (one === undefined || rule === undefined) return "gone";
  const { checkedAt, failure, findings } = one.state;
  if (failure !== null || checkedAt === null || checkedAt <= (run.finishedAt ?? Number.POSITIVE_INFINITY))
    return "unseen";
  const key = findingKey(finding);
  return findings.some((each) => findingKey(each) === key && isTarget(rule, each)) ? "stands" : "gone";
}
