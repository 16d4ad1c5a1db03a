import type { Incident } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";

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
export async function incidentsAt({ db }: Reading, at: number): Promise<StoredIncident[]> {
  const time = new Date(at);
  const rows = await db.incident.findMany({
    where: { openedAt: { lte: time }, OR: [{ resolvedAt: null }, { resolvedAt: { gt: time } }] },
    orderBy: { openedAt: "asc" },
  });
  return rows.map(toIncident);
}

/** Those that are open, and those that were resolved at `since` or later. */
export async function recentIncidents({ db }: Reading, since: number): Promise<StoredIncident[]> {
  const rows = await db.incident.findMany({
    where: { OR: [{ resolvedAt: null }, { resolvedAt: { gte: new Date(since) } }] },
    orderBy: { openedAt: "asc" },
  });
  return rows.map(toIncident);
}

/** Open ones first, then the newest. */
export async function listIncidents({ db }: Reading, limit: number): Promise<StoredIncident[]> {
  const rows = await db.incident.findMany({
    orderBy: [{ resolvedAt: { sort: "desc", nulls: "first" } }, { openedAt: "desc" }],
    take: limit,
  });
  return rows.map(toIncident);
}

export async function findIncident({ db }: Reading, id: string): Promise<StoredIncident | null> {
  const row = await db.incident.findUnique({ where: { id } });
  return row === null ? null : toIncident(row);
}

function toIncident(row: Incident): StoredIncident {
  return {
    id: row.id,
    rootId: row.rootId,
    title: row.title,
    members: JSON.parse(row.members) as IncidentRow["members"],
    openedAt: row.openedAt.getTime(),
    resolvedAt: row.resolvedAt?.getTime() ?? null,
    mergedInto: row.mergedInto,
    seq: Number(row.seq),
  };
}
