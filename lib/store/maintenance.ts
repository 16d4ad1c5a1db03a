import type { Covers, Span } from "#lib/core/planned.ts";
import type { Maintenance } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
import type { Row } from "#lib/store/row.ts";

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
export async function openMaintenance(reading: Reading, from: number, to: number): Promise<MaintenanceRow[]> {
  const rows = maintenanceOf(reading, `WHERE "endAt" > ? AND "startAt" <= ? ORDER BY "startAt"`, from, to);
  return rows.filter((row) => row.until > from);
}

/** Those that the timeline was told the beginning of and not yet the end. */
export async function toldMaintenance(reading: Reading): Promise<MaintenanceRow[]> {
  return maintenanceOf(reading, `WHERE "toldAt" IS NOT NULL AND "endedAt" IS NULL`);
}

/** Newest first, those to come included. */
export async function listMaintenance(reading: Reading, limit: number): Promise<MaintenanceRow[]> {
  return maintenanceOf(reading, `ORDER BY "startAt" DESC LIMIT ?`, limit);
}

export async function findMaintenance(reading: Reading, id: string): Promise<MaintenanceRow | null> {
  return maintenanceOf(reading, `WHERE "id" = ?`, id)[0] ?? null;
}

/** Those that changed after `seq`. */
export async function changedMaintenance(reading: Reading, seq: number): Promise<MaintenanceRow[]> {
  return maintenanceOf(reading, `WHERE "seq" > ?`, seq);
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

/** What is planned is asked for with each look at the board, so no query engine stands in between. */
function maintenanceOf({ prepare }: Reading, which: string, ...values: readonly (string | number)[]): MaintenanceRow[] {
  return (prepare(`SELECT * FROM "Maintenance" ${which}`).all(...values) as Row<Maintenance>[]).map(toMaintenance);
}

function toMaintenance(row: Row<Maintenance>): MaintenanceRow {
  return {
    id: row.id,
    origin: row.origin as MaintenanceRow["origin"],
    windowKey: row.windowKey,
    covers: JSON.parse(row.covers) as Covers,
    note: row.note,
    by: row.createdBy,
    from: row.startAt,
    until: Math.min(row.endAt, row.endedAt ?? Number.POSITIVE_INFINITY),
    toldAt: row.toldAt,
    endedAt: row.endedAt,
    endedBy: row.endedBy,
    seq: row.seq,
  };
}
