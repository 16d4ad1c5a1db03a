import Database from "better-sqlite3";
import type { Span } from "#lib/core/heartbeat.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";

/** Signs of one process that it listens. */
export interface ListeningSign {
  /** Makes the stretch reach until `now`. Throws what the store says: nothing could be delivered then either. */
  readonly give: (now: number) => void;
  readonly close: () => void;
}

/** Longer than a month of daily restarts; whatever is older no longer excuses anything. */
const keptMs = 60 * 86_400_000;
const busyTimeoutMs = 50;

/** A connection of its own with two statements: the web's front shall not carry the whole store for that. */
export function openListeningSign(file: string): ListeningSign {
  const db = new Database(file, { fileMustExist: true, timeout: busyTimeoutMs });
  const begin = db.prepare(`INSERT INTO "Listening" ("fromAt","untilAt") VALUES (?,?)`);
  const go = db.prepare(`UPDATE "Listening" SET "untilAt"=? WHERE "id"=?`);
  let id: number | bigint | null = null;
  return {
    give: (now) => {
      if (id === null) id = begin.run(now, now).lastInsertRowid;
      else go.run(now, id);
    },
    close: () => db.close(),
  };
}

/** When somebody listened since `from`, in the order of time. */
export async function listListening({ db }: Reading, from: number): Promise<Span[]> {
  const rows = await db.listening.findMany({
    where: { untilAt: { gte: new Date(from) } },
    orderBy: { fromAt: "asc" },
    take: 5_000,
  });
  return rows.map(({ fromAt, untilAt }) => ({ from: fromAt.getTime(), until: untilAt.getTime() }));
}

/** Lets go of what nobody asks for any more. */
export async function pruneListening({ db }: Writing, now: number): Promise<void> {
  await db.listening.deleteMany({ where: { untilAt: { lt: new Date(now - keptMs) } } });
}
