import type { Reading, Writing } from "#lib/store/open-store.ts";
import type { PollerDto } from "#lib/wire/board.ts";

export type Notice = PollerDto["notices"][number];

export interface Beat {
  readonly beatAt: number;
  readonly startedAt: number;
  readonly pid: number;
  readonly notices: readonly Notice[];
}

export async function writeBeat({ db }: Writing, beat: Beat): Promise<void> {
  const data = {
    beatAt: new Date(beat.beatAt),
    startedAt: new Date(beat.startedAt),
    pid: beat.pid,
    notices: JSON.stringify(beat.notices),
  };
  await db.pollerBeat.upsert({ where: { id: 1 }, create: { id: 1, ...data }, update: data });
}

/** `null` when no poller ever ran on this store. */
export async function readBeat({ db }: Reading): Promise<Beat | null> {
  const row = await db.pollerBeat.findUnique({ where: { id: 1 } });
  if (row === null) return null;
  return {
    beatAt: row.beatAt.getTime(),
    startedAt: row.startedAt.getTime(),
    pid: row.pid,
    notices: JSON.parse(row.notices) as Notice[],
  };
}
