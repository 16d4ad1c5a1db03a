import type { Incident } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
import type { Row } from "#lib/store/row.ts";

/** An open or past trouble. Its timeline are the events of its services, and those that carry its id. */
export interface IncidentRow {
  readonly id: string;
  readonly rootId: string;
  readonly title: string;
  readonly members: readonly { readonly serviceId: string; readonly from: number; readonly until: number | null }[];
  readonly openedAt: number;
  readonly resolvedAt: number | null;
  readonly mergedInto: string | null;
}

export interface StoredIncident extends IncidentRow {
  readonly seq: number;
}

export async function writeIncidents({ db, seq }: Writing, incidents: readonly IncidentRow[]): Promise<void> {
  for (const { members, openedAt, resolvedAt, ...row } of incidents) {
    const data = {
      ...row,
      members: JSON.stringify(members),
      openedAt: new Date(openedAt),
      resolvedAt: resolvedAt === null ? null : new Date(resolvedAt),
      seq: BigInt(seq),
    };
    await db.incident.upsert({ where: { id: row.id }, create: data, update: data });
  }
}

/** Tells readers that something about it is new, though nothing of its course changed. */
export async function touchIncident({ db, seq }: Writing, id: string): Promise<void> {
  await db.incident.update({ where: { id }, data: { seq: BigInt(seq) } });
}

/** Those that were open at `at`, oldest first. */
export async function incidentsAt(reading: Reading, at: number): Promise<StoredIncident[]> {
  const open = `WHERE "openedAt" <= ? AND ("resolvedAt" IS NULL OR "resolvedAt" > ?)`;
  return incidentsOf(reading, `${open} ORDER BY "openedAt"`, at, at);
}

/** Those that are open, and those that were resolved at `since` or later. */
export async function recentIncidents(reading: Reading, since: number): Promise<StoredIncident[]> {
  return incidentsOf(reading, `WHERE "resolvedAt" IS NULL OR "resolvedAt" >= ? ORDER BY "openedAt"`, since);
}

/** Open ones first, then the newest. */
export async function listIncidents(reading: Reading, limit: number): Promise<StoredIncident[]> {
  return incidentsOf(reading, `ORDER BY "resolvedAt" DESC NULLS FIRST, "openedAt" DESC LIMIT ?`, limit);
}

export async function findIncident(reading: Reading, id: string): Promise<StoredIncident | null> {
  return incidentsOf(reading, `WHERE "id" = ?`, id)[0] ?? null;
}

/** Open ones are asked for with each look at the board, so no query engine stands in between. */
function incidentsOf({ prepare }: Reading, which: string, ...values: readonly (string | number)[]): StoredIncident[] {
  return (prepare(`SELECT * FROM "Incident" ${which}`).all(...values) as Row<Incident>[]).map(toIncident);
}

function toIncident(row: Row<Incident>): StoredIncident {
  return {
    id: row.id,
    rootId: row.rootId,
    title: row.title,
    members: JSON.parse(row.members) as IncidentRow["members"],
    openedAt: row.openedAt,
    resolvedAt: row.resolvedAt,
    mergedInto: row.mergedInto,
    seq: row.seq,
  };
}
