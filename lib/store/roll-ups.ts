import type { Status } from "#lib/core/status.ts";
import { type Block, insertBlocks, type NewBlock, packBlock, readBlocks } from "#lib/store/blocks.ts";
import { gapsBetween } from "#lib/store/gaps.ts";
import type { History, Writing } from "#lib/store/open-store.ts";
import { readColumns } from "#lib/store/poll-columns.ts";
import { mergeRollUps, type RollUp, rollUpPolls, type Span } from "#lib/store/roll-up.ts";
import type { Tier } from "#lib/store/tiers.ts";

export type RolledTier = Exclude<Tier, "polls">;
export const stepMsOf: Record<RolledTier, number> = { minutes: 60_000, hours: 3_600_000 };

/** Roll-ups of one service that touch [from, to], oldest first. Without `keys` all metrics are read. */
export function listRollUps(
  reading: History,
  serviceId: string,
  tier: RolledTier,
  range: { readonly from: number; readonly to: number; readonly keys?: readonly string[] },
): RollUp[] {
  const from = range.from - stepMsOf[tier] + 1;
  const blocks = readBlocks(reading, serviceId, tier, { from, to: range.to }, (block) =>
    openRollUps(block, range.keys),
  );
  const all = blocks.flat().filter((one) => one.at >= from && one.at <= range.to);
  // Hours that were made anew count once, should the damaged ones be readable again.
  return tier === "hours" && blocks.length > 1 ? [...new Map(all.map((one) => [one.at, one])).values()] : all;
}

/** Until when the polls of a service are rolled up; `null` when none are. */
export function rolledUntil({ past }: Pick<History, "past">, serviceId: string): number | null {
  const row = past
    .prepare<[string], { toAt: number }>(
      `SELECT "toAt" FROM "HistoryBlock" WHERE "serviceId" = ? AND "tier" = 1 ORDER BY "fromAt" DESC LIMIT 1`,
    )
    .get(serviceId);
  return row === undefined ? null : row.toAt + stepMsOf.minutes;
}

/** Roll-ups of one span of time, ready to be written. */
export interface RolledSpan {
  readonly minutes: NewBlock;
  /** With the hours that were in the block that it replaces. */
  readonly hours: NewBlock;
  readonly replaces: number | null;
}

/** Minutes go into blocks of so much: a whole number of hours. */
export const rolledAtOnceMs = 4 * 3_600_000;
/** Hours go into blocks of so much. */
const hoursBlockMs = 30 * 86_400_000;

/** Packs the polls of [from, to) to minutes and hours; `null` when there were none. Writes nothing. */
export function prepareRollUp(
  reading: History,
  serviceId: string,
  { from, to, holdMs }: { readonly from: number; readonly to: number; readonly holdMs: number },
): RolledSpan | null {
  const columns = readColumns(reading, serviceId, { from: from - holdMs, to: to - 1 });
  const gaps = gapsBetween(reading, from - holdMs, to);
  const minutes = rollUpPolls(columns, { from, to, stepMs: stepMsOf.minutes, holdMs, gaps });
  const hours = mergeRollUps(minutes, stepMsOf.hours);
  const [first] = hours;
  if (first === undefined) return null;
  const begin = Math.floor(first.at / hoursBlockMs) * hoursBlockMs;
  const span = { from: begin, to: begin + hoursBlockMs - 1 };
  const before = readBlocks(reading, serviceId, "hours", span, ({ id, pack }) => ({
    id,
    documents: [...pack.each()] as Document[],
  })).at(-1);
  // One that cannot be read is left as it is, and its hours are made anew as far as minutes are kept.
  const earlier = { from: begin, to: first.at - 1 };
  const again = () => mergeRollUps(listRollUps(reading, serviceId, "minutes", earlier), stepMsOf.hours).map(documentOf);
  const kept = (before?.documents ?? again()).filter((one) => one.at < first.at);
  return {
    minutes: packBlock(serviceId, "minutes", minutes.map(documentOf)),
    hours: packBlock(serviceId, "hours", [...kept, ...hours.map(documentOf)]),
    replaces: before?.id ?? null,
  };
}

export async function storeRollUp(writing: Writing, { minutes, hours, replaces }: RolledSpan): Promise<void> {
  if (replaces !== null) await writing.db.historyBlock.deleteMany({ where: { id: replaces } });
  await insertBlocks(writing, [minutes, hours]);
}

/**
 * A roll-up as it is packed: minimum, how far the maximum lies above it, and how far the mean does, to three digits, the mean to two; the
 * minimum rounded down and the maximum up, so that what was, lies between them. Counts only where not every poll measured.
 */
interface Document {
  readonly at: number;
  readonly polls: number;
  readonly worst: Status;
  readonly seconds: Readonly<Record<Status, number>>;
  readonly min: Readonly<Record<string, number>>;
  readonly over: Readonly<Record<string, number>>;
  readonly mid: Readonly<Record<string, number>>;
  readonly count: Readonly<Record<string, number>>;
}

function documentOf({ at, polls, worst, seconds, metrics }: RollUp): Document {
  const spans = Object.entries(metrics).map(([key, span]) => [key, roundedOf(span)] as const);
  return {
    at,
    polls,
    worst,
    seconds,
    min: Object.fromEntries(spans.map(([key, span]) => [key, span.min])),
    over: Object.fromEntries(spans.map(([key, span]) => [key, span.over])),
    mid: Object.fromEntries(spans.map(([key, span]) => [key, span.mid])),
    count: Object.fromEntries(
      Object.entries(metrics).flatMap(([key, { count }]) => (count === polls ? [] : [[key, count]])),
    ),
  };
}

function roundedOf({ min, max, mean }: Span): { readonly min: number; readonly over: number; readonly mid: number } {
  const largest = Math.max(Math.abs(min), Math.abs(max));
  const digits = largest === 0 || !Number.isFinite(largest) ? 0 : 2 - Math.floor(Math.log10(largest));
  const scale = 10 ** Math.min(6, Math.max(0, digits));
  const near = (value: number) => Math.abs(value - Math.round(value)) < 1e-6;
  const low = near(min * scale) ? Math.round(min * scale) : Math.floor(min * scale);
  const high = near(max * scale) ? Math.round(max * scale) : Math.ceil(max * scale);
  const coarse = Math.max(1, scale / 10);
  const over = (high - low) / scale;
  // Never `-0`, which is no whole number to a packed column.
  const mid = Math.max(0, Math.round((mean - low / scale) * coarse)) / coarse;
  return { min: low / scale, over, mid: Math.min(over, mid) };
}

function spanOf(min: number, over: number, mid: number, count: number): Span {
  const tidy = (value: number) => Math.round(value * 1e6) / 1e6;
  return { min, max: tidy(min + over), mean: tidy(min + mid), count };
}

function openRollUps({ pack }: Block, keys: readonly string[] | undefined): RollUp[] {
  const column = <T>(path: readonly string[]) => pack.field(path) as readonly T[];
  const [at, polls, worst] = [column<number>(["at"]), column<number>(["polls"]), column<Status>(["worst"])];
  const seconds = column<RollUp["seconds"]>(["seconds"]);
  const metrics = at.map((): Record<string, Span> => ({}));
  for (const key of keys ?? pack.names(["min"])) {
    const [min, over] = [column<number | undefined>(["min", key]), column<number>(["over", key])];
    const [mid, count] = [column<number>(["mid", key]), column<number | undefined>(["count", key])];
    for (const [i, least] of min.entries()) {
      if (least === undefined) continue;
      const span = spanOf(least, over[i] as number, mid[i] as number, count[i] ?? (polls[i] as number));
      Object.defineProperty(metrics[i], key, { value: span, enumerable: true });
    }
  }
  return at.map((time, i) => ({
    at: time,
    polls: polls[i] as number,
    worst: worst[i] as Status,
    seconds: seconds[i] as RollUp["seconds"],
    metrics: metrics[i] as Record<string, Span>,
  }));
}
