import type { Reading, Writing } from "#lib/store/open-store.ts";

/** What pitwall.yaml says of signing in, as JSON; `null` until the poller has applied one. */
export async function findAccessSettings({ prepare }: Reading): Promise<unknown> {
  const settings = prepare(`SELECT "settings" FROM "AccessSettings" WHERE "id" = 1`).pluck().get() as
    | string
    | undefined;
  return settings === undefined ? null : (JSON.parse(settings) as unknown);
}

export async function writeAccessSettings({ db }: Writing, settings: unknown, now: number): Promise<void> {
  const data = { settings: JSON.stringify(settings), appliedAt: new Date(now) };
  await db.accessSettings.upsert({ where: { id: 1 }, create: { id: 1, ...data }, update: data });
}
