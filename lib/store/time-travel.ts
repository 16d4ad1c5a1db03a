import { memoryOf } from "#lib/core/state.ts";
import type { Status } from "#lib/core/status.ts";
import { type PollRow, type Said, type StoredPoll, toPoll } from "#lib/store/history.ts";
import type { Reading } from "#lib/store/open-store.ts";
import type { StateRow } from "#lib/store/states.ts";
import type { Trend } from "#lib/wire/board.ts";

const trendPoints = 60;

/**
 * What the last poll at or before `at` said of each service that had one, services included that the configuration no
 * longer has. How old that was is in `checkedAt`: whoever shows it must weigh it, as with a state of now. Nobody can act
 * on the past, so there are no actions.
 */
export async function statesAt({ past }: Reading, at: number): Promise<StateRow[]> {
  const last = past.prepare<[number], StoredPoll>(`SELECT s.* FROM "Service" v JOIN "Snapshot" s
    ON s."serviceId" = v."id" AND s."at" = (SELECT max("at") FROM "Snapshot" WHERE "serviceId" = v."id" AND "at" <= ?)`);
  const points = past.prepare<[string, number, number], Pick<StoredPoll, "at" | "status" | "metrics">>(
    `SELECT "at", "status", "metrics" FROM "Snapshot" WHERE "serviceId" = ? AND "at" <= ? ORDER BY "at" DESC LIMIT ?`,
  );
  const drawn = drawnSeries(past);
  return last.all(at).map((row) => {
    const poll = toPoll(row);
    const rows = points.all(poll.serviceId, at, trendPoints).reverse();
    const seen = rows.map((point) => ({
      at: point.at,
      status: point.status as Status,
      metrics: JSON.parse(point.metrics) as PollRow["metrics"],
    }));
    return stateOf(poll, trendOf(seen, drawn.get(poll.serviceId) ?? []));
  });
}

/** When the oldest poll was that history still has; `null` when it has none. How far back one can go. */
export function oldestPollAt({ past }: Reading): number | null {
  const row = past
    .prepare<[], { at: number | null }>(
      `SELECT min(o."at") AS "at" FROM (SELECT (SELECT min("at") FROM "Snapshot" WHERE "serviceId" = v."id") AS "at"
       FROM "Service" v) o`,
    )
    .get();
  return row?.at ?? null;
}

/** Which numbers of a service its board draws now: history knows all numbers, a kind chooses. */
function drawnSeries(past: Reading["past"]): Map<string, string[]> {
  const rows = past
    .prepare<[], { serviceId: string; trend: string }>(`SELECT "serviceId", "trend" FROM "ServiceState"`)
    .all();
  return new Map(rows.map((row) => [row.serviceId, Object.keys((JSON.parse(row.trend) as Trend).series)]));
}

function trendOf(points: readonly Pick<PollRow, "at" | "status" | "metrics">[], keys: readonly string[]): Trend {
  return {
    at: points.map((point) => point.at),
    status: points.map((point) => point.status),
    series: Object.fromEntries(keys.map((key) => [key, points.map((point) => point.metrics[key] ?? null)])),
  };
}

function stateOf(poll: PollRow, trend: Trend): StateRow {
  const said: Said = poll.said ?? { since: null, summary: "", findings: [], failure: null, detailAt: null };
  const { serviceId, status, at } = poll;
  const { confirmation, ...told } = said;
  const memory = { ...memoryOf(status, told.since), ...confirmation };
  return {
    serviceId,
    status,
    checkedAt: at,
    detail: poll.detail ?? null,
    trend,
    actions: [],
    memory,
    ruleMemory: {},
    ...told,
  };
}
