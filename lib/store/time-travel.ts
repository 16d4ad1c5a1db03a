import { failure } from "#lib/core/failure.ts";
import { memoryOf } from "#lib/core/state.ts";
import type { Status } from "#lib/core/status.ts";
import { type Block, readLastBlocks } from "#lib/store/blocks.ts";
import {
  type Point,
  type PointRow,
  pointOf,
  readRows,
  type ShownPoll,
  type StoredPoll,
  toShown,
} from "#lib/store/history.ts";
import type { Reading } from "#lib/store/open-store.ts";
import type { Pack } from "#lib/store/packing/pack.ts";
import { type Places, placesBetween } from "#lib/store/packing/places.ts";
import { stepMsOf } from "#lib/store/roll-ups.ts";
import { emptyState, type StoredState, statesById } from "#lib/store/states.ts";
import { type Drawable, drawnTrend, emptyTrend, trendPoints } from "#lib/store/trend.ts";
import type { Stretch } from "#lib/store/unreadable.ts";
import type { Trend } from "#lib/wire/board.ts";

/** What the board said of a service at a time of the past. */
export type PastState = Omit<StoredState, "seq">;

/**
 * What the last poll at or before `at` said of each service that had one, services included that the configuration no
 * longer has. How old that was is in `checkedAt`: whoever shows it must weigh it, as with a state of now. Nobody can act
 * on the past, so there are no actions.
 */
export async function statesAt(reading: Reading, at: number): Promise<PastState[]> {
  const trends = new Map([...statesById(reading)].map(([id, { trend }]) => [id, trend]));
  return reading.past.transaction(() => readStates(reading, at, trends))();
}

function readStates(reading: Reading, at: number, trends: Trends): PastState[] {
  const ids = reading.past.prepare<[], string>(`SELECT "id" FROM "Service"`).pluck().all();
  const states = new Map<string, PastState>();
  const lost = new Map<string, Stretch>();
  const lose = (stretch: Stretch) => {
    const later = stretch.fromAt >= (lost.get(stretch.serviceId)?.fromAt ?? stretch.fromAt);
    if (later) lost.set(stretch.serviceId, stretch);
  };
  const tails = tailsAt(reading, at, trends, lose);
  const inBlock = (block: Block) =>
    stateInBlock(block, at, seriesOf(trends, block.serviceId), tails.get(block.serviceId));
  const isWanted = (id: string, toAt: number) => !isWhole(tails.get(id), toAt);
  for (const state of readLastBlocks(reading, { ids, tier: "polls", at }, inBlock, lose, isWanted)) {
    states.set(state.serviceId, state);
  }
  for (const [serviceId, { last, trend }] of tails) {
    if (!states.has(serviceId)) states.set(serviceId, stateOf(last, trend));
  }
  // The finer first: what has it is not looked for in the coarser.
  for (const tier of ["minutes", "hours"] as const) {
    const others = ids.filter((id) => !states.has(id));
    if (others.length === 0) break;
    const inRolled = (block: Block) => stateInRolled(block, at, stepMsOf[tier], seriesOf(trends, block.serviceId));
    for (const state of readLastBlocks(reading, { ids: others, tier, at }, inRolled, lose)) {
      states.set(state.serviceId, state);
    }
  }
  for (const [id, stretch] of lost) {
    // What is coarser may tell of then all the same; what is older may not.
    if ((states.get(id)?.checkedAt ?? 0) < stretch.fromAt) states.set(id, lostState(stretch, at));
  }
  return [...states.values()];
}

type Trends = ReadonlyMap<string, Trend>;

/** History knows all numbers; which ones a panel draws, its kind chose for the board of now. */
function seriesOf(trends: Trends, serviceId: string): readonly string[] {
  return Object.keys((trends.get(serviceId) ?? emptyTrend).series);
}

/** Polls that are not folded into a block yet: the last one whole, and with it as many as a trend has points. */
interface Tail {
  readonly last: ShownPoll;
  readonly trend: Trend;
}

function isWhole(tail: Tail | undefined, foldedUntil: number): boolean {
  return tail !== undefined && tail.trend.at.length === trendPoints && tail.last.at >= foldedUntil;
}

function tailsAt(reading: Reading, at: number, trends: Trends, lose: (stretch: Stretch) => void): Map<string, Tail> {
  const rows = reading.past.prepare<[number], LastRow>(lastRowsSql).all(at);
  const tailOf = (row: LastRow): Tail => ({
    last: toShown(row),
    trend: tailTrend(reading, row, trends.get(row.serviceId)),
  });
  const tails = readRows(reading, rows, tailOf, lose);
  return new Map(tails.map((tail) => [tail.last.serviceId, tail]));
}

/** A cross join is the one in which SQLite looks up a row for each service; else it reads all the rows there are. */
export const lastRowsSql = `SELECT s.*, (SELECT min("at") FROM "Snapshot" WHERE "serviceId" = v."id") AS "firstAt"
  FROM "Service" v CROSS JOIN "Snapshot" s ON s."serviceId" = v."id"
  AND s."at" = (SELECT max("at") FROM "Snapshot" WHERE "serviceId" = v."id" AND "at" <= ?)`;

interface LastRow extends StoredPoll {
  /** Of the first row of its service. */
  readonly firstAt: number;
}

/**
 * The points up to a row. Most of them are those of the trend of now, which has the last polls ready; the rest are read. Its
 * times are whole seconds: of two polls within one, the first may be left out.
 */
function tailTrend(reading: Reading, last: LastRow, now = emptyTrend): Trend {
  const keys = Object.keys(now.series);
  const point = drawnPoints([pointOf(last)], keys);
  const [lastAt = 0] = point.at;
  const end = now.at.findIndex((time) => time >= lastAt);
  const known = lastPointsOf(now, end === -1 ? now.at.length : end, trendPoints - 1);
  const missing = trendPoints - 1 - known.at.length;
  const before = known.at[0] === undefined ? last.at : known.at[0] - 500;
  if (missing === 0 || last.firstAt >= before) return joined([known, point]);
  const rows = reading.past
    .prepare<[string, number, number], PointRow>(
      `SELECT "serviceId", "at", "status", "metrics" FROM "Snapshot" WHERE "serviceId" = ? AND "at" < ? ORDER BY "at" DESC LIMIT ?`,
    )
    .all(last.serviceId, before, missing);
  return joined([drawnPoints(readRows(reading, rows.reverse(), pointOf), keys), known, point]);
}

function drawnPoints(points: readonly Point[], keys: readonly string[]): Trend {
  return drawnTrend(
    points.map(({ at }) => at),
    points.map(({ status }) => status),
    keys.map((key) => [key, points.map(({ metrics }) => metrics[key])] as const),
  );
}

function lastPointsOf({ at, status, series }: Trend, end: number, most: number): Trend {
  const from = Math.max(0, end - most);
  const part = Object.entries(series).map(([key, values]) => [key, values.slice(from, end)] as const);
  return { at: at.slice(from, end), status: status.slice(from, end), series: Object.fromEntries(part) };
}

/** One behind the other, in the order of time. */
function joined(parts: readonly Trend[]): Trend {
  const keys = [...new Set(parts.flatMap(({ series }) => Object.keys(series)))];
  const columns = <T>(column: (part: Trend) => T[]) => {
    const [first = [], ...rest] = parts.map(column);
    return first.concat(...rest);
  };
  const series = keys.map((key) => [key, columns((part) => part.series[key] ?? part.at.map(() => null))] as const);
  return { at: columns(({ at }) => at), status: columns(({ status }) => status), series: Object.fromEntries(series) };
}

/** How far back there is anything to show a board from, polls or what they were rolled up to; `null` when there is nothing. */
export function keptSince({ past }: Reading): number | null {
  const row = past
    .prepare<[], { at: number | null }>(
      `SELECT min("at") AS "at" FROM (
         SELECT (SELECT min("at") FROM "Snapshot" WHERE "serviceId" = v."id") AS "at" FROM "Service" v
         UNION ALL SELECT min("fromAt") FROM "HistoryBlock" WHERE "tier" = 0
         UNION ALL SELECT min("fromAt") FROM "HistoryBlock" WHERE "tier" = 1
         UNION ALL SELECT min("fromAt") FROM "HistoryBlock" WHERE "tier" = 2)`,
    )
    .get();
  return row?.at ?? null;
}

/** Beyond the polls that are kept whole, a minute's or an hour's worst status and its means are all there is. */
function stateInRolled({ serviceId, pack }: Block, at: number, stepMs: number, keys: readonly string[]): PastState {
  const { last, times, places } = lastPoints(pack, at, trendPoints);
  const status = pack.field(["worst"], places) as Status[];
  const series = keys.map((key) => {
    const min = pack.field(["min", key], places) as readonly (number | undefined)[];
    const mid = pack.field(["mid", key], places) as readonly (number | undefined)[];
    return [key, min.map((least, i) => (least === undefined ? null : least + (mid[i] ?? 0)))] as const;
  });
  const trend = drawnTrend(times, status, series);
  const [polls = 0] = pack.field(["polls"], [last]) as readonly number[];
  const within = stepMs === stepMsOf.minutes ? "a minute" : "an hour";
  const summary = `the worst of ${polls} polls within ${within}`;
  const said = { since: null, summary, findings: [], failure: null, detailAt: null };
  const seenAt = Math.min(at, (times.at(-1) ?? 0) + stepMs - 1);
  const worst = status.at(-1) ?? "unknown";
  return stateOf({ serviceId, at: seenAt, status: worst, detail: null, said }, trend);
}

/** The rows of a tail follow the block behind which they will be folded, unless the clock was set back between them. */
function stateInBlock(
  { serviceId, pack, toAt }: Block,
  at: number,
  keys: readonly string[],
  tail: Tail | undefined,
): PastState {
  if (tail === undefined || tail.last.at < toAt) {
    const { last, lastAt, trend } = trendInBlock(pack, at, keys, trendPoints);
    if (tail !== undefined && tail.last.at >= lastAt) return stateOf(tail.last, tail.trend);
    const status = trend.status.at(-1) ?? "unknown";
    const [detail] = pack.field(["detail"], [last]);
    const [said] = pack.field(["said"], [last]) as [ShownPoll["said"]];
    return stateOf({ serviceId, at: lastAt, status, detail, said }, trend);
  }
  // What the trend of now had ready may lie in the block as well; its times are rounded.
  const [first = tail.last.at] = tail.trend.at;
  const { trend } = trendInBlock(pack, first - 501, keys, trendPoints - tail.trend.at.length);
  return stateOf(tail.last, joined([trend, tail.trend]));
}

function trendInBlock(
  pack: Pack,
  at: number,
  keys: readonly string[],
  most: number,
): { readonly last: number; readonly lastAt: number; readonly trend: Trend } {
  const { last, times, places } = lastPoints(pack, at, most);
  const status = pack.field(["status"], places) as Status[];
  const series = keys.map((key) => [key, pack.field(["metrics", key], places) as Drawable] as const);
  return { last, lastAt: times.at(-1) ?? 0, trend: drawnTrend(times, status, series) };
}

/** The place of the last document of a block by `at`, or -1, and those of at most so many up to it. */
function lastPoints(
  pack: Pack,
  at: number,
  most: number,
): { readonly last: number; readonly times: readonly number[]; readonly places: Places } {
  const all = pack.field(["at"]) as readonly number[];
  let last = all.length - 1;
  while (last >= 0 && (all[last] as number) > at) last -= 1;
  const from = Math.max(0, last + 1 - most);
  return { last, times: all.slice(from, last + 1), places: placesBetween(from, last + 1) };
}

/** It was polled by then, and nothing can be made of what was kept: when, is known as far as the stretch goes. */
function lostState({ serviceId, toAt }: Stretch, at: number): PastState {
  const what = "what was kept of this time is damaged and cannot be read";
  const checkedAt = Math.min(at, toAt);
  return { ...emptyState(serviceId), trend: emptyTrend, checkedAt, summary: what, failure: failure("damaged", what) };
}

function stateOf({ serviceId, status, at, detail, said }: ShownPoll, trend: Trend): PastState {
  return {
    serviceId,
    status,
    checkedAt: at,
    since: said?.since ?? null,
    summary: said?.summary ?? "",
    findings: said?.findings ?? [],
    failure: said?.failure ?? null,
    detail: detail ?? null,
    detailAt: said?.detailAt ?? null,
    trend,
    actions: [],
    memory: { ...memoryOf(status, said?.since ?? null), ...said?.confirmation },
    ruleMemory: {},
  };
}
