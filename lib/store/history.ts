import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { StateMemory } from "#lib/core/state.ts";
import type { Status } from "#lib/core/status.ts";
import { type Block, insertBlocks, type NewBlock, packBlock, readBlocks } from "#lib/store/blocks.ts";
import type { History, Reading, Writing } from "#lib/store/open-store.ts";
import { mostBytes } from "#lib/store/packing/pieces.ts";
import type { StateRow } from "#lib/store/states.ts";
import type { Stretch } from "#lib/store/unreadable.ts";

/** One poll, as history keeps it: whole, so that the board can be shown as it was after it. */
export interface PollRow {
  readonly serviceId: string;
  readonly at: number;
  readonly status: Status;
  readonly durationMs: number;
  /** By `metric|node|subject`. */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** Of the last good sample; `undefined` where none was kept. */
  readonly detail: unknown;
  /** `null` in polls of before it was kept. */
  readonly said: Said | null;
}

/** What else the board said of the service after a poll. What is left out is rebuilt from other polls, or offers acts. */
export type Said = Omit<
  StateRow,
  "serviceId" | "status" | "checkedAt" | "detail" | "trend" | "actions" | "memory" | "ruleMemory"
> & {
  /** What was confirmed then, and how far the rest was; absent in polls of before it was kept. */
  readonly confirmation?: Pick<StateMemory, "hard" | "attempt" | "flapping">;
};

export function saidOf(state: StateRow): Said {
  const {
    serviceId: _id,
    status: _status,
    checkedAt: _at,
    detail: _detail,
    trend: _trend,
    actions: _actions,
    memory: { hard, attempt, flapping },
    ruleMemory: _rules,
    ...said
  } = state;
  return { ...said, confirmation: { hard, attempt, flapping } };
}

export async function insertPolls({ prepare }: Writing, polls: readonly PollRow[]): Promise<void> {
  const insert = prepare(insertSql);
  for (const poll of polls) insert.run(valuesOf(poll));
}

const insertSql = `INSERT INTO "Snapshot" ("serviceId","at","status","durationMs","metrics","detail","said")
  VALUES (?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`;

/** The newest polls of one service in [from, to], at most `limit`, oldest first; all of that time is read. */
export async function listPolls(
  reading: Reading,
  serviceId: string,
  range: { readonly from: number; readonly to: number; readonly limit: number },
): Promise<PollRow[]> {
  const { tail, blocks } = readHistory(reading, serviceId, range, toPoll, ({ pack }) => {
    const times = pack.field(["at"]) as readonly number[];
    const within = times.flatMap((at, i) => (at >= range.from && at <= range.to ? [i] : []));
    return [...pack.each(within)].map((packed) => unpackPoll(serviceId, packed));
  });
  return [...tail, ...blocks.flat()].sort((a, b) => a.at - b.at).slice(-range.limit);
}

/**
 * One consistent cut of both places where polls lie: while it is read, none moves from one to the other. What cannot be
 * read is left out.
 */
export function readHistory<R extends object, B extends object>(
  reading: History,
  serviceId: string,
  range: { readonly from: number; readonly to: number },
  readRow: (row: StoredPoll) => R,
  readBlock: (block: Block) => B,
): { readonly tail: R[]; readonly blocks: B[] } {
  const { past } = reading;
  return past.transaction(() => {
    const rows = past
      .prepare<[string, number, number], StoredPoll>(
        `SELECT * FROM "Snapshot" WHERE "serviceId" = ? AND "at" BETWEEN ? AND ? ORDER BY "at"`,
      )
      .all(serviceId, range.from, range.to);
    return {
      tail: readRows(reading, rows, readRow),
      blocks: readBlocks(reading, serviceId, "polls", range, readBlock),
    };
  })();
}

/** What `read` makes of each row; damaged ones are left out, and `damaged` hears of them. */
export function readRows<R extends Pick<StoredPoll, "serviceId" | "at">, T extends object>(
  { unreadable }: Pick<History, "unreadable">,
  rows: readonly R[],
  read: (row: R) => T,
  damaged: (stretch: Stretch) => void = () => undefined,
): T[] {
  return rows.flatMap((row) => {
    const stretch = { serviceId: row.serviceId, tier: "polls", fromAt: row.at, toAt: row.at } as const;
    const made = unreadable.attempt(stretch, () => read(row));
    if (made !== undefined) return [made];
    damaged(stretch);
    return [];
  });
}

/** A poll as a block holds it. */
type PackedPoll = Omit<PollRow, "serviceId">;

function unpackPoll(serviceId: string, packed: unknown): PollRow {
  const { at, status, durationMs, metrics, detail, said } = packed as PackedPoll;
  return { serviceId, at, status, durationMs, metrics, detail, said };
}

/** Polls that are ready to go from their rows into a block. */
export interface Fold {
  readonly serviceId: string;
  /** `null` when all of the rows are damaged. */
  readonly block: NewBlock | null;
  readonly times: readonly number[];
}

/** A block holds about so many polls: more pack better, fewer are read faster, and rows weigh until they are folded. */
const pollsPerBlock = 64;
/** A service that is polled seldom is not left in rows for ever. */
const longestInRowsMs = 2 * 3_600_000;

/** When a service that is polled every `intervalMs` may have enough rows to fold; `now` when it has. */
export function foldsAt(
  { past }: Pick<History, "past">,
  serviceId: string,
  { intervalMs, now }: { readonly intervalMs: number; readonly now: number },
): number {
  const { rows, first } = past
    .prepare<[string], { rows: number; first: number | null }>(
      `SELECT count(*) AS "rows", min("at") AS "first" FROM "Snapshot" WHERE "serviceId" = ?`,
    )
    .get(serviceId) as { rows: number; first: number | null };
  const missing = Math.max(0, pollsPerBlock - rows);
  return Math.max(now, Math.min(now + missing * intervalMs, (first ?? now) + longestInRowsMs));
}

/**
 * Packs the oldest rows of one service when there are enough, without those that are damaged; `null` when there are not.
 * Writes nothing.
 */
export function prepareFold(reading: History, serviceId: string, now: number): Fold | null {
  const rows = reading.past
    .prepare<[string, number], StoredPoll>(`SELECT * FROM "Snapshot" WHERE "serviceId" = ? ORDER BY "at" LIMIT ?`)
    .all(serviceId, pollsPerBlock);
  const [first] = rows;
  if (first === undefined || (rows.length < pollsPerBlock && now - first.at < longestInRowsMs)) return null;
  const polls = readRows(reading, rows, (row): PackedPoll => {
    const { serviceId: _, ...poll } = toPoll(row);
    return poll;
  });
  const block = polls.length === 0 ? null : packBlock(serviceId, "polls", polls);
  return { serviceId, block, times: rows.map((row) => row.at) };
}

/** In one transaction, so that a poll is always in exactly one of the two places. */
export async function storeFolds(writing: Writing, folds: readonly Fold[]): Promise<void> {
  await insertBlocks(
    writing,
    folds.flatMap(({ block }) => block ?? []),
  );
  const remove = writing.prepare(`DELETE FROM "Snapshot" WHERE "serviceId" = ? AND "at" = ?`);
  for (const { serviceId, times } of folds) for (const at of times) remove.run(serviceId, at);
}

/** A row of the table as SQLite gives it. */
export interface StoredPoll {
  readonly serviceId: string;
  readonly at: number;
  readonly status: string;
  readonly durationMs: number;
  readonly metrics: string;
  readonly detail: Uint8Array | null;
  readonly said: string | null;
}

function toPoll(row: StoredPoll): PollRow {
  const { metrics } = pointOf(row);
  // Their order is that of the fields in a block: with another one each service would get a plan anew.
  return { ...toShown(row), durationMs: row.durationMs, metrics };
}

/** What is drawn of a poll. */
export type Point = Pick<PollRow, "at" | "status" | "metrics">;
export type PointRow = Pick<StoredPoll, "serviceId" | "at" | "status" | "metrics">;

export function pointOf({ at, status, metrics }: PointRow): Point {
  return { at, status: status as Status, metrics: JSON.parse(metrics) as PollRow["metrics"] };
}

/** What a board shows of a poll, its numbers apart. */
export type ShownPoll = Omit<PollRow, "durationMs" | "metrics">;

export function toShown({ serviceId, at, status, detail, said }: StoredPoll): ShownPoll {
  return {
    serviceId,
    at,
    status: status as Status,
    detail: detail === null ? undefined : JSON.parse(unpackText(detail)),
    said: said === null ? null : (JSON.parse(said) as Said),
  };
}

/**
 * Deletes at most `limit` polls of one service that are older than `before` and not folded yet; returns how many went.
 * Service by service, because the key begins with it: that way the deletion needs no second index and stays short.
 */
export async function deletePolls({ db }: Writing, serviceId: string, before: number, limit: number): Promise<number> {
  const oldest = await db.snapshot.findMany({
    where: { serviceId, at: { lt: new Date(Math.min(before, lastDate)) } },
    orderBy: { at: "asc" },
    take: limit,
    select: { at: true },
  });
  const last = oldest.at(-1);
  if (last === undefined) return 0;
  return (await db.snapshot.deleteMany({ where: { serviceId, at: { lte: last.at } } })).count;
}

/** Ids that may have history, whether the configuration still has them or not, with the interval of their polls. */
export function servicesWithHistory({ past }: Pick<History, "past">): Map<string, number> {
  const rows = past.prepare<[], { id: string; intervalMs: number }>(`SELECT "id", "intervalMs" FROM "Service"`).all();
  return new Map(rows.map((row) => [row.id, row.intervalMs]));
}

/** Time of the oldest poll that is not folded yet. */
export function firstRowAt({ past }: Pick<History, "past">, serviceId: string): number | null {
  const row = past
    .prepare<[string], { at: number | null }>(`SELECT min("at") AS "at" FROM "Snapshot" WHERE "serviceId" = ?`)
    .get(serviceId);
  return row?.at ?? null;
}

/** Time of the first poll at or after `since` that can be read; `null` when there is none. */
export function firstPollAt(reading: History, serviceId: string, since: number): number | null {
  const { past } = reading;
  return past.transaction(() => {
    const row = past
      .prepare<[string, number], { at: number | null }>(
        `SELECT min("at") AS "at" FROM "Snapshot" WHERE "serviceId" = ? AND "at" >= ?`,
      )
      .get(serviceId, since);
    const blocks = past
      .prepare<[string, number], { fromAt: number; toAt: number }>(
        `SELECT "fromAt", "toAt" FROM "HistoryBlock" WHERE "serviceId" = ? AND "tier" = 0 AND "toAt" >= ? ORDER BY "fromAt"`,
      )
      .iterate(serviceId, since);
    for (const { fromAt, toAt } of blocks) {
      const read = ({ pack }: Block) => pack.field(["at"]) as readonly number[];
      const times = readBlocks(reading, serviceId, "polls", { from: fromAt, to: toAt }, read).flat();
      const first = times.find((at) => at >= since);
      if (first !== undefined) return Math.min(first, row?.at ?? Number.POSITIVE_INFINITY);
    }
    return row?.at ?? null;
  })();
}

/** The latest time a Date can hold. */
const lastDate = 8_640_000_000_000_000;
const fastest = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/** Below this, compressing costs more time than it saves room for the minutes that a row stands. */
const packedFromBytes = 4_096;
/** RFC 8878, 3.1.1: first byte of a Zstandard frame. No JSON text begins with it. */
const zstdMagic = 0x28;

function valuesOf(poll: PollRow): unknown[] {
  return [
    poll.serviceId,
    poll.at,
    poll.status,
    Math.round(poll.durationMs),
    JSON.stringify(poll.metrics),
    poll.detail === undefined ? null : packText(JSON.stringify(poll.detail ?? null)),
    poll.said === null ? null : JSON.stringify(poll.said),
  ];
}

function packText(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  return bytes.length < packedFromBytes ? bytes : zstdCompressSync(bytes, fastest);
}

function unpackText(stored: Uint8Array): string {
  const bytes = stored[0] === zstdMagic ? zstdDecompressSync(stored, { maxOutputLength: mostBytes }) : stored;
  return Buffer.from(bytes).toString("utf8");
}
