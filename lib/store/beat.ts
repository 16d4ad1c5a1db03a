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
export async function readBeat({ prepare }: Reading): Promise<Beat | null> {
  const row = prepare(`SELECT "beatAt","startedAt","pid","notices" FROM "PollerBeat" WHERE "id" = 1`).get();
  if (row === undefined) return null;
  const { notices, ...beat } = row as Omit<Beat, "notices"> & { readonly notices: string };
  return { ...beat, notices: JSON.parse(notices) as Notice[] };
}
