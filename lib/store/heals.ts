import type { Finding } from "#lib/core/finding.ts";
import type { HealOutcome } from "#lib/core/heal.ts";
import type { Heal } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";

/** One occasion to heal, and what came of it. Times are epoch milliseconds. */
export interface HealRow {
  readonly id: string;
  readonly serviceId: string;
  /** Name of the heal rule. */
  readonly rule: string;
  readonly action: string;
  readonly node: string | null;
  /** As it stood. */
  readonly finding: Finding;
  readonly outcome: HealOutcome;
  /** Kinds of the reasons of a refusal. */
  readonly reasons: readonly string[];
  readonly words: string;
  readonly runId: string | null;
  readonly at: number;
  /** When it was last so, and in how many polls. */
  readonly lastAt: number;
  readonly times: number;
  /** `null` while it goes on. */
  readonly endedAt: number | null;
}

export async function insertHeal({ db, seq }: Writing, row: HealRow): Promise<void> {
  await db.heal.create({ data: { ...row, ...columnsOf(row), seq: BigInt(seq) } });
}

export type HealPatch = Partial<
  Pick<HealRow, "outcome" | "reasons" | "words" | "runId" | "lastAt" | "times" | "endedAt">
>;

export async function patchHeal({ db, seq }: Writing, id: string, patch: HealPatch): Promise<void> {
  const { reasons, lastAt, endedAt, ...plain } = patch;
  const data = {
    ...plain,
    ...(reasons === undefined ? {} : { reasons: JSON.stringify(reasons) }),
    ...(lastAt === undefined ? {} : { lastAt: new Date(lastAt) }),
    ...(endedAt === undefined ? {} : { endedAt: endedAt === null ? null : new Date(endedAt) }),
  };
  await db.heal.update({ where: { id }, data: { ...data, seq: BigInt(seq) } });
}

/** Occasions that go on, oldest first. */
export async function openHeals({ db }: Reading): Promise<HealRow[]> {
  return (await db.heal.findMany({ where: { endedAt: null }, orderBy: { at: "asc" } })).map(toHeal);
}

/** Heals that were started, or would have been, at `since` or later, newest first. */
export async function startedHeals({ db }: Reading, since: number): Promise<HealRow[]> {
  const where = { at: { gte: new Date(since) }, outcome: { not: "refused" } };
  return (await db.heal.findMany({ where, orderBy: { at: "desc" } })).map(toHeal);
}

export interface HealFilter {
  readonly limit: number;
  readonly serviceId?: string;
  readonly outcomes?: readonly HealOutcome[];
}

/** Newest first. */
export async function listHeals({ db }: Reading, filter: HealFilter): Promise<HealRow[]> {
  const { limit, serviceId, outcomes } = filter;
  const rows = await db.heal.findMany({
    where: {
      ...(serviceId === undefined ? {} : { serviceId }),
      ...(outcomes === undefined ? {} : { outcome: { in: [...outcomes] } }),
    },
    orderBy: [{ at: "desc" }, { seq: "desc" }],
    take: limit,
  });
  return rows.map(toHeal);
}

/** Deletes at most `limit` occasions that ended before `before`. */
export async function deleteHeals({ db }: Writing, before: number, limit: number): Promise<void> {
  const where = { endedAt: { lt: new Date(before) } };
  const oldest = await db.heal.findMany({ where, orderBy: { endedAt: "asc" }, take: limit, select: { id: true } });
  if (oldest.length > 0) await db.heal.deleteMany({ where: { id: { in: oldest.map(({ id }) => id) } } });
}

function columnsOf({ finding, reasons, at, lastAt, endedAt }: HealRow) {
  return {
    finding: JSON.stringify(finding),
    reasons: JSON.stringify(reasons),
    at: new Date(at),
    lastAt: new Date(lastAt),
    endedAt: endedAt === null ? null : new Date(endedAt),
  };
}

function toHeal({ seq: _seq, ...row }: Heal): HealRow {
  return {
    ...row,
    finding: JSON.parse(row.finding) as Finding,
    outcome: row.outcome as HealOutcome,
    reasons: JSON.parse(row.reasons) as string[],
    at: row.at.getTime(),
    lastAt: row.lastAt.getTime(),
    endedAt: row.endedAt?.getTime() ?? null,
  };
}
