import { memoryOf } from "#lib/core/state.ts";
import type { Status } from "#lib/core/status.ts";
import { type Block, lastBlocks } from "#lib/store/blocks.ts";
import { type PollRow, type Said, type StoredPoll, toPoll, unpackPoll } from "#lib/store/history.ts";
import type { Reading } from "#lib/store/open-store.ts";
import { stepMsOf } from "#lib/store/roll-ups.ts";
import type { StoredState } from "#lib/store/states.ts";
import { drawnTrend, trendNames, trendPoints } from "#lib/store/trend.ts";
import type { Trend } from "#lib/wire/board.ts";

/** What the board said of a service at a time of the past. */
export type PastState = Omit<StoredState, "seq">;

/**
 * What the last poll at or before `at` said of each service that had one, services included that the configuration no
 * longer has. How old that was is in `checkedAt`: whoever shows it must weigh it, as with a state of now. Nobody can act
 * on the past, so there are no actions.
 */
export async function statesAt(reading: Reading, at: number): Promise<PastState[]> {
  const { past } = reading;
  const { rows, blocks, drawn } = past.transaction(() => ({
    rows: lastRows(past, at),
    blocks: lastBlocks(reading, "polls", at),
    drawn: drawnSeries(past),
  }))();
  const states = new Map<string, PastState>();
  for (const block of blocks) {
    states.set(block.serviceId, stateInBlock(block, at, drawn.get(block.serviceId) ?? []));
  }
  const told = new Set([...states.keys(), ...rows.keys()]);
  if (told.size < drawn.size) addRolled(states, reading, at, drawn, told);
  for (const [serviceId, tail] of rows) {
    const state = stateInRows(tail, drawn.get(serviceId) ?? []);
    const before = states.get(serviceId);
    if (before === undefined) states.set(serviceId, state);
    else if ((state.checkedAt ?? 0) >= (before.checkedAt ?? 0))
      states.set(serviceId, { ...state, trend: joined(before.trend, state.trend) });
  }
  return [...states.values()];
}

type Row = Pick<StoredPoll, "serviceId" | "at" | "status" | "metrics"> & Partial<StoredPoll>;

/** Of each service the rows that are not folded yet, at most as many as a trend has points, oldest first, the last one whole. */
function lastRows(past: Reading["past"], at: number): Map<string, Row[]> {
  const last = past.prepare<[number], StoredPoll>(`SELECT s.* FROM "Service" v JOIN "Snapshot" s
    ON s."serviceId" = v."id" AND s."at" = (SELECT max("at") FROM "Snapshot" WHERE "serviceId" = v."id" AND "at" <= ?)`);
  const before = past.prepare<[string, number, number], Row>(
    `SELECT "serviceId", "at", "status", "metrics" FROM "Snapshot" WHERE "serviceId" = ? AND "at" < ?
     ORDER BY "at" DESC LIMIT ?`,
  );
  return new Map(
    last.all(at).map((row) => [row.serviceId, [...before.all(row.serviceId, row.at, trendPoints - 1).reverse(), row]]),
  );
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

/** Which numbers of a service its board draws now: history knows all numbers, a kind chooses. */
function drawnSeries(past: Reading["past"]): Map<string, readonly string[]> {
  const rows = past
    .prepare<[], { serviceId: string; trend: string }>(`SELECT "serviceId", "trend" FROM "ServiceState"`)
    .all();
  return new Map(rows.map((row) => [row.serviceId, trendNames(row.trend)]));
}

/** Beyond the polls that are kept whole, a minute's or an hour's worst status and its means are all there is. */
function addRolled(
  states: Map<string, PastState>,
  reading: Reading,
  at: number,
  drawn: ReadonlyMap<string, readonly string[]>,
  whole: ReadonlySet<string>,
): void {
  const told = new Set(whole);
  // The finer first: what has it is not looked for in the coarser.
  for (const tier of ["minutes", "hours"] as const) {
    if ([...drawn.keys()].every((id) => told.has(id))) return;
    for (const block of lastBlocks(reading, tier, at, told)) {
      told.add(block.serviceId);
      states.set(block.serviceId, stateInRolled(block, at, stepMsOf[tier], drawn.get(block.serviceId) ?? []));
    }
  }
}

function stateInRolled({ serviceId, pack }: Block, at: number, stepMs: number, keys: readonly string[]): PastState {
  const times = pack.field(["at"]) as readonly number[];
  const index = times.findLastIndex((time) => time <= at);
  const end = index + 1;
  const from = Math.max(0, end - trendPoints);
  const worst = pack.field(["worst"], end) as readonly Status[];
  const series = keys.map((key) => {
    const min = pack.field(["min", key], end).slice(from) as (number | undefined)[];
    const mid = pack.field(["mid", key], end) as readonly (number | undefined)[];
    return [key, min.map((least, i) => (least === undefined ? null : least + (mid[from + i] ?? 0)))] as const;
  });
  const trend = { at: times.slice(from, end), status: worst.slice(from), series: Object.fromEntries(series) };
  const polls = (pack.field(["polls"], end) as readonly number[])[index] ?? 0;
  const within = stepMs === stepMsOf.minutes ? "a minute" : "an hour";
  const summary = `the worst of ${polls} polls within ${within}`;
  const said = { since: null, summary, findings: [], failure: null, detailAt: null };
  const seenAt = Math.min(at, (times[index] ?? 0) + stepMs - 1);
  const poll = {
    serviceId,
    at: seenAt,
    status: worst[index] ?? "unknown",
    durationMs: 0,
    metrics: {},
    detail: null,
    said,
  };
  return stateOf(poll, trend);
}

function stateInBlock({ serviceId, pack }: Block, at: number, keys: readonly string[]): PastState {
  const times = pack.field(["at"]) as readonly number[];
  const index = times.findLastIndex((time) => time <= at);
  const end = index + 1;
  const from = Math.max(0, end - trendPoints);
  const column = (path: readonly string[]) => pack.field(path, end).slice(from);
  const trend = {
    at: times.slice(from, end),
    status: column(["status"]) as Status[],
    series: Object.fromEntries(
      keys.map((key) => [key, (column(["metrics", key]) as (number | null | undefined)[]).map(orNull)]),
    ),
  };
  return stateOf(unpackPoll(serviceId, pack.get(index)), trend);
}

function stateInRows(rows: readonly Row[], keys: readonly string[]): PastState {
  const metrics = rows.map((row) => JSON.parse(row.metrics) as PollRow["metrics"]);
  const trend = {
    at: rows.map((row) => row.at),
    status: rows.map((row) => row.status as Status),
    series: Object.fromEntries(keys.map((key) => [key, metrics.map((all) => all[key] ?? null)])),
  };
  return stateOf(toPoll(rows.at(-1) as StoredPoll), trend);
}

/** Rows follow the block they will be folded behind. */
function joined(before: Trend, after: Trend): Trend {
  const last = <T>(values: readonly T[]) => values.slice(-trendPoints);
  const series = Object.entries(after.series).map(([key, values]) => [
    key,
    last([...(before.series[key] ?? before.at.map(() => null)), ...values]),
  ]);
  return {
    at: last([...before.at, ...after.at]),
    status: last([...before.status, ...after.status]),
    series: Object.fromEntries(series) as Trend["series"],
  };
}

function orNull(value: number | null | undefined): number | null {
  return value ?? null;
}

function stateOf(poll: PollRow, trend: Trend): PastState {
  const said: Said = poll.said ?? { since: null, summary: "", findings: [], failure: null, detailAt: null };
  const { serviceId, status, at } = poll;
  const { confirmation, ...told } = said;
  const memory = { ...memoryOf(status, told.since), ...confirmation };
  return {
    serviceId,
    status,
    checkedAt: at,
    detail: poll.detail ?? null,
    trend: drawnTrend(trend),
    actions: [],
    memory,
    ruleMemory: {},
    ...told,
  };
}
