import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Status } from "#lib/core/status.ts";
import { Prisma } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";

/** One poll, as history keeps it. */
export interface PollRow {
  readonly serviceId: string;
  readonly at: number;
  readonly status: Status;
  readonly durationMs: number;
  /** By `metric|node|subject`. */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** `undefined` where nothing changed since the last one that was kept. */
  readonly detail: unknown;
}

/** How long polls are kept. */
export const historyKeptMs = 48 * 3_600_000;

export async function insertPolls({ db }: Writing, polls: readonly PollRow[]): Promise<void> {
  for (let from = 0; from < polls.length; from += rowsPerStatement) {
    const rows = polls.slice(from, from + rowsPerStatement).map((poll) => Prisma.sql`(${Prisma.join(valuesOf(poll))})`);
    await db.$executeRaw(Prisma.sql`INSERT INTO "Snapshot"
      ("serviceId","at","status","durationMs","metrics","detail") VALUES ${Prisma.join(rows)} ON CONFLICT DO NOTHING`);
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
  return rows.reverse().map((row) => ({
    serviceId: row.serviceId,
    at: row.at.getTime(),
    status: row.status as Status,
    durationMs: row.durationMs,
    metrics: JSON.parse(row.metrics) as Record<string, number | null>,
    detail: row.detail === null ? undefined : JSON.parse(zstdDecompressSync(row.detail).toString("utf8")),
  }));
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

function valuesOf(poll: PollRow): unknown[] {
  const detail = poll.detail === undefined ? null : zstdCompressSync(JSON.stringify(poll.detail ?? null), fastest);
  return [
    poll.serviceId,
    new Date(poll.at),
    poll.status,
    Math.round(poll.durationMs),
    JSON.stringify(poll.metrics),
    detail,
  ];
}
