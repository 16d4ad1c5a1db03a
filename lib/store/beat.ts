import type { Reading, Writing } from "#lib/store/open-store.ts";
import type { PollerDto } from "#lib/wire/board.ts";

export type Notice = PollerDto["notices"][number];

export interface Beat {
  readonly beatAt: number;
  readonly startedAt: number;
  readonly pid: number;
  readonly notices: readonly Notice[];
}

export async function writeBeat({ prepare }: Writing, beat: Beat): Promise<void> {
  prepare(`INSERT INTO "PollerBeat" ("id","beatAt","startedAt","pid","notices") VALUES (1,?,?,?,?)
    ON CONFLICT ("id") DO UPDATE SET "beatAt"=excluded."beatAt","startedAt"=excluded."startedAt",
    "pid"=excluded."pid","notices"=excluded."notices"`).run(
    beat.beatAt,
    beat.startedAt,
    beat.pid,
    JSON.stringify(beat.notices),
  );
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
