import type { Mute } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
import type { Row } from "#lib/store/row.ts";

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
export async function mutesAt(reading: Reading, at: number): Promise<MuteRow[]> {
  const rows = mutesOf(reading, `WHERE "expiresAt" > ? AND "createdAt" <= ? ORDER BY "createdAt"`, at, at);
  return rows.filter((row) => row.until > at);
}

/** Those that nobody ended, run out or not. */
export async function unendedMutes(reading: Reading): Promise<MuteRow[]> {
  return mutesOf(reading, `WHERE "endedAt" IS NULL`);
}

/** Those that changed after `seq`. */
export async function changedMutes(reading: Reading, seq: number): Promise<MuteRow[]> {
  return mutesOf(reading, `WHERE "seq" > ?`, seq);
}

export async function endMute({ db, seq }: Writing, id: string, at: number, endedBy: string): Promise<void> {
  await db.mute.update({ where: { id }, data: { endedAt: new Date(at), endedBy, seq: BigInt(seq) } });
}

/** As often as the board is looked at, so no query engine stands in between. */
function mutesOf({ prepare }: Reading, which: string, ...values: readonly number[]): MuteRow[] {
  return (prepare(`SELECT * FROM "Mute" ${which}`).all(...values) as Row<Mute>[]).map(toMute);
}

function toMute(row: Row<Mute>): MuteRow {
  return {
    id: row.id,
    kind: row.kind as MuteKind,
    serviceId: row.serviceId,
    words: row.words,
    by: row.createdBy,
    at: row.createdAt,
    until: Math.min(row.expiresAt, row.endedAt ?? Number.POSITIVE_INFINITY),
    endedAt: row.endedAt,
    seq: row.seq,
  };
}
