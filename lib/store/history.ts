import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { StateMemory } from "#lib/core/state.ts";
import type { Status } from "#lib/core/status.ts";
import { Prisma } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
import type { StateRow } from "#lib/store/states.ts";

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

/** How long polls are kept. */
export const historyKeptMs = 48 * 3_600_000;

export async function insertPolls({ db }: Writing, polls: readonly PollRow[]): Promise<void> {
  for (let from = 0; from < polls.length; from += rowsPerStatement) {
    const rows = polls.slice(from, from + rowsPerStatement).map((poll) => Prisma.sql`(${Prisma.join(valuesOf(poll))})`);
    await db.$executeRaw(Prisma.sql`INSERT INTO "Snapshot"
      ("serviceId","at","status","durationMs","metrics","detail","said") VALUES ${Prisma.join(rows)}
      ON CONFLICT DO NOTHING`);
  }
}

/** Polls of one service in [from, to], oldest first. */
export async function listPolls(
  { db }: Reading,
  serviceId: string,
  range: { readonly from: number; readonly to: number; readonly limit: number },
): Promise<PollRow[]> {
  const rows = await db.snapshot.findMany({
    where: { serviceId, at: { gte: new Date(range.from), lte: new Date(range.to) } },
    orderBy: { at: "desc" },
    take: range.limit,
  });
  return rows.reverse().map((row) => toPoll({ ...row, at: row.at.getTime() }));
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

export function toPoll(row: StoredPoll): PollRow {
  return {
    ...row,
    status: row.status as Status,
    metrics: JSON.parse(row.metrics) as Record<string, number | null>,
    detail: row.detail === null ? undefined : JSON.parse(unpackText(row.detail)),
    said: row.said === null ? null : (JSON.parse(row.said) as Said),
  };
}

/**
 * Deletes at most `limit` polls of one service that are older than `before`; returns how many went. Service by service,
 * because the key begins with it: that way the deletion needs no second index and stays short.
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

/** Ids that have history, whether the configuration still has them or not. */
export async function servicesWithHistory({ db }: Reading): Promise<string[]> {
  const rows = await db.service.findMany({ select: { id: true } });
  return rows.map((row) => row.id);
}

/** The latest time a Date can hold. */
const lastDate = 8_640_000_000_000_000;
const rowsPerStatement = 500;
const fastest = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/** Below this, compressing costs more time than it saves room for the minutes that a row stands. */
const packedFromBytes = 4_096;
/** RFC 8878, 3.1.1: first byte of a Zstandard frame. No JSON text begins with it. */
const zstdMagic = 0x28;

function valuesOf(poll: PollRow): unknown[] {
  return [
    poll.serviceId,
    new Date(poll.at),
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
  const bytes = stored[0] === zstdMagic ? zstdDecompressSync(stored) : stored;
  return Buffer.from(bytes).toString("utf8");
}
