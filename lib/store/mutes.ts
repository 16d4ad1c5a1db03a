import type { Mute } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";

export type MuteKind = "acknowledgement" | "silence";

/** Why a service's trouble alerts nobody. `until` is when it really ended, if that was early. */
export interface MuteRow {
  readonly id: string;
  readonly kind: MuteKind;
  readonly serviceId: string;
  /** The comment or the reason, in a person's words. */
  readonly words: string;
  readonly by: string;
  readonly at: number;
  readonly until: number;
  readonly endedAt: number | null;
  readonly seq: number;
}

export async function insertMute({ db, seq }: Writing, mute: Omit<MuteRow, "endedAt" | "seq">): Promise<void> {
  const { by, at, until, ...row } = mute;
  await db.mute.create({
    data: { ...row, createdBy: by, createdAt: new Date(at), expiresAt: new Date(until), seq: BigInt(seq) },
  });
}

/** Those that hold at `at`, oldest first. */
export async function mutesAt({ db }: Reading, at: number): Promise<MuteRow[]> {
  const rows = await db.mute.findMany({
    where: { expiresAt: { gt: new Date(at) }, createdAt: { lte: new Date(at) } },
    orderBy: { createdAt: "asc" },
  });
  return rows.map(toMute).filter((row) => row.until > at);
}

/** Those that nobody ended, run out or not. */
export async function unendedMutes({ db }: Reading): Promise<MuteRow[]> {
  return (await db.mute.findMany({ where: { endedAt: null } })).map(toMute);
}

/** Those that changed after `seq`. */
export async function changedMutes({ db }: Reading, seq: number): Promise<MuteRow[]> {
  return (await db.mute.findMany({ where: { seq: { gt: BigInt(seq) } } })).map(toMute);
}

export async function endMute({ db, seq }: Writing, id: string, at: number, endedBy: string): Promise<void> {
  await db.mute.update({ where: { id }, data: { endedAt: new Date(at), endedBy, seq: BigInt(seq) } });
}

function toMute(row: Mute): MuteRow {
  const endedAt = row.endedAt?.getTime() ?? null;
  return {
    id: row.id,
    kind: row.kind as MuteKind,
    serviceId: row.serviceId,
    words: row.words,
    by: row.createdBy,
    at: row.createdAt.getTime(),
    until: Math.min(row.expiresAt.getTime(), endedAt ?? Number.POSITIVE_INFINITY),
    endedAt,
    seq: Number(row.seq),
  };
}
