import type { IncidentSnapshot } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
import type { SnapshotDto } from "#lib/wire/snapshot.ts";

export interface SealedSnapshot extends SnapshotDto {
  /** SHA-256 of the link's secret, hex. The secret itself is nowhere. */
  readonly secretHash: string;
  /** zstd of the canonical JSON whose SHA-256 is `sha256`. */
  readonly body: Uint8Array<ArrayBuffer>;
}

export async function insertIncidentSnapshot({ db }: Writing, snapshot: SealedSnapshot): Promise<void> {
  await db.incidentSnapshot.create({
    data: {
      ...snapshot,
      at: new Date(snapshot.at),
      expiresAt: new Date(snapshot.expiresAt),
      revokedAt: snapshot.revokedAt === null ? null : new Date(snapshot.revokedAt),
    },
  });
}

/** Newest first, without their bodies. */
export async function listIncidentSnapshots({ db }: Reading, limit: number): Promise<SnapshotDto[]> {
  const rows = await db.incidentSnapshot.findMany({
    orderBy: { at: "desc" },
    take: limit,
    omit: { body: true, secretHash: true },
  });
  return rows.map(toSnapshot);
}

export async function findIncidentSnapshot({ db }: Reading, id: string): Promise<SnapshotDto | null> {
  const row = await db.incidentSnapshot.findUnique({ where: { id }, omit: { body: true, secretHash: true } });
  return row === null ? null : toSnapshot(row);
}

export async function findSealedSnapshot({ db }: Reading, secretHash: string): Promise<SealedSnapshot | null> {
  const row = await db.incidentSnapshot.findUnique({ where: { secretHash } });
  return row === null ? null : { ...toSnapshot(row), secretHash: row.secretHash, body: row.body };
}

/** Revoking deletes what was shared, not only the way to it. */
export async function revokeIncidentSnapshot({ db }: Writing, id: string, now: number): Promise<void> {
  await db.incidentSnapshot.update({ where: { id }, data: { revokedAt: new Date(now), body: new Uint8Array() } });
}

/** Deletes the bodies of snapshots that expired; the line in the list stays. */
export async function emptyExpiredSnapshots({ db }: Writing, now: number): Promise<void> {
  await db.incidentSnapshot.updateMany({
    where: { expiresAt: { lt: new Date(now) }, body: { not: new Uint8Array() } },
    data: { body: new Uint8Array() },
  });
}

function toSnapshot(row: Omit<IncidentSnapshot, "body" | "secretHash">): SnapshotDto {
  return {
    id: row.id,
    title: row.title,
    note: row.note,
    at: row.at.getTime(),
    createdBy: row.createdBy,
    expiresAt: row.expiresAt.getTime(),
    revokedAt: row.revokedAt?.getTime() ?? null,
    bytes: row.bytes,
    sha256: row.sha256,
  };
}
