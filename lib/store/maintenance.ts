import type { Covers, Span } from "#lib/core/planned.ts";
import type { Maintenance } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";

/** One stretch of planned work. `until` is when it really ended, if that was early. */
export interface MaintenanceRow extends Span {
  readonly id: string;
  readonly origin: "hand" | "config";
  readonly windowKey: string | null;
  readonly covers: Covers;
  readonly note: string;
  readonly by: string;
  /** When the timeline was told that it began. */
  readonly toldAt: number | null;
  readonly endedAt: number | null;
  readonly endedBy: string | null;
  readonly seq: number;
}

export type NewMaintenance = Omit<MaintenanceRow, "endedAt" | "endedBy" | "seq">;

/** Adds stretches; one that is known by its id stays as it is. */
export async function insertMaintenance({ db, seq }: Writing, rows: readonly NewMaintenance[]): Promise<void> {
  for (const { covers, from, until, by, toldAt, ...row } of rows) {
    const data = {
      ...row,
      covers: JSON.stringify(covers),
      startAt: new Date(from),
      endAt: new Date(until),
      createdBy: by,
      toldAt: toldAt === null ? null : new Date(toldAt),
      seq: BigInt(seq),
    };
    await db.maintenance.upsert({ where: { id: row.id }, create: data, update: {} });
  }
}

/** Those that hold somewhere in [from, to], earliest first: what is planned now is `openMaintenance(reading, now, now)`. */
export async function openMaintenance({ db }: Reading, from: number, to: number): Promise<MaintenanceRow[]> {
  const rows = await db.maintenance.findMany({
    where: { endAt: { gt: new Date(from) }, startAt: { lte: new Date(to) } },
    orderBy: { startAt: "asc" },
  });
  return rows.map(toMaintenance).filter((row) => row.until > from);
}

/** Those that the timeline was told the beginning of and not yet the end. */
export async function toldMaintenance({ db }: Reading): Promise<MaintenanceRow[]> {
  return (await db.maintenance.findMany({ where: { toldAt: { not: null }, endedAt: null } })).map(toMaintenance);
}

/** Newest first, those to come included. */
export async function listMaintenance({ db }: Reading, limit: number): Promise<MaintenanceRow[]> {
  return (await db.maintenance.findMany({ orderBy: { startAt: "desc" }, take: limit })).map(toMaintenance);
}

export async function findMaintenance({ db }: Reading, id: string): Promise<MaintenanceRow | null> {
  const row = await db.maintenance.findUnique({ where: { id } });
  return row === null ? null : toMaintenance(row);
}

/** Those that changed after `seq`. */
export async function changedMaintenance({ db }: Reading, seq: number): Promise<MaintenanceRow[]> {
  return (await db.maintenance.findMany({ where: { seq: { gt: BigInt(seq) } } })).map(toMaintenance);
}

export async function patchMaintenance(
  { db, seq }: Writing,
  id: string,
  patch: { readonly toldAt?: number; readonly endedAt?: number; readonly endedBy?: string },
): Promise<void> {
  const { toldAt, endedAt, endedBy } = patch;
  await db.maintenance.update({
    where: { id },
    data: {
      ...(toldAt === undefined ? {} : { toldAt: new Date(toldAt) }),
      ...(endedAt === undefined ? {} : { endedAt: new Date(endedAt) }),
      ...(endedBy === undefined ? {} : { endedBy }),
      seq: BigInt(seq),
    },
  });
}

/** Takes back the end that `endedBy` made of these; what anybody else ended stays so. Their beginning is told anew. */
export async function takeBackEnd({ db, seq }: Writing, ids: readonly string[], endedBy: string): Promise<void> {
  await db.maintenance.updateMany({
    where: { id: { in: [...ids] }, endedBy },
    data: { endedAt: null, endedBy: null, toldAt: null, seq: BigInt(seq) },
  });
}

function toMaintenance(row: Maintenance): MaintenanceRow {
  const endedAt = row.endedAt?.getTime() ?? null;
  return {
    id: row.id,
    origin: row.origin as MaintenanceRow["origin"],
    windowKey: row.windowKey,
    covers: JSON.parse(row.covers) as Covers,
    note: row.note,
    by: row.createdBy,
    from: row.startAt.getTime(),
    until: Math.min(row.endAt.getTime(), endedAt ?? Number.POSITIVE_INFINITY),
    toldAt: row.toldAt?.getTime() ?? null,
    endedAt,
    endedBy: row.endedBy,
    seq: Number(row.seq),
  };
}
