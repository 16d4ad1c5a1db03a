import type { HealRule, HealStanding } from "#lib/core/heal.ts";
import type { HealRule as StoredHealRule } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";

/** A heal rule as the poller applied it, how it stands, and whether it stopped itself. */
export interface HealRuleRow {
  readonly serviceId: string;
  readonly rule: HealRule;
  readonly standing: HealStanding;
  readonly stopped: HealStop | null;
  readonly acknowledged: HealAcknowledgement | null;
}

export interface HealStop {
  readonly at: number;
  readonly words: string;
  /** The run after which it stopped. */
  readonly runId: string | null;
}

export interface HealAcknowledgement {
  readonly at: number;
  readonly by: string;
  readonly words: string;
}

/** In the order of the configuration. */
export async function listHealRules({ db }: Reading): Promise<HealRuleRow[]> {
  return (await db.healRule.findMany({ orderBy: [{ position: "asc" }, { serviceId: "asc" }] })).map(toRule);
}

export async function findHealRule({ db }: Reading, serviceId: string, name: string): Promise<HealRuleRow | null> {
  const row = await db.healRule.findUnique({ where: { serviceId_name: { serviceId, name } } });
  return row === null ? null : toRule(row);
}

/** A rule and how it stands. That it stopped, and what was acknowledged, stays as it is. */
export async function writeHealRule(
  { db, seq }: Writing,
  of: Pick<HealRuleRow, "serviceId" | "rule" | "standing"> & { readonly position: number },
): Promise<void> {
  const { serviceId, rule, standing, position } = of;
  const key = { serviceId, name: rule.when };
  const told = { position, rule: JSON.stringify(rule), standing: JSON.stringify(standing), seq: BigInt(seq) };
  await db.healRule.upsert({ where: { serviceId_name: key }, create: { ...key, ...told }, update: told });
}

/** The rule is no longer in the configuration. One that comes back begins anew. */
export async function deleteHealRule({ db }: Writing, serviceId: string, name: string): Promise<void> {
  await db.healRule.deleteMany({ where: { serviceId, name } });
}

/** It starts nothing until somebody acknowledges. */
export async function stopHealRule(
  { db, seq }: Writing,
  serviceId: string,
  name: string,
  stop: HealStop,
): Promise<void> {
  await db.healRule.updateMany({
    where: { serviceId, name },
    data: { stoppedAt: new Date(stop.at), stoppedWords: stop.words, stoppedRunId: stop.runId, seq: BigInt(seq) },
  });
}

export async function releaseHealRule(
  { db, seq }: Writing,
  serviceId: string,
  name: string,
  { at, by, words }: HealAcknowledgement,
): Promise<void> {
  const over = { stoppedAt: null, stoppedWords: null, stoppedRunId: null };
  const told = { acknowledgedAt: new Date(at), acknowledgedBy: by, acknowledgedWords: words };
  await db.healRule.updateMany({ where: { serviceId, name }, data: { ...over, ...told, seq: BigInt(seq) } });
}

function toRule(row: StoredHealRule): HealRuleRow {
  const { stoppedAt, acknowledgedAt } = row;
  return {
    serviceId: row.serviceId,
    rule: JSON.parse(row.rule) as HealRule,
    standing: JSON.parse(row.standing) as HealStanding,
    stopped:
      stoppedAt === null ? null : { at: stoppedAt.getTime(), words: row.stoppedWords ?? "", runId: row.stoppedRunId },
    acknowledged:
      acknowledgedAt === null
        ? null
        : { at: acknowledgedAt.getTime(), by: row.acknowledgedBy ?? "", words: row.acknowledgedWords ?? "" },
  };
}
