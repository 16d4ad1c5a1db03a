import type { Reading, Writing } from "#lib/store/open-store.ts";

/** What a token opens. */
export type TokenPurpose = "events";

/** What the token must hash to (SHA-256, hex); `null` when none is set, and so nothing is opened by one. */
export async function readTokenHash({ db }: Reading, purpose: TokenPurpose): Promise<string | null> {
  const row = await db.accessToken.findUnique({ where: { purpose } });
  return row?.sha256 ?? null;
}

/** `null` takes the token away. */
export async function writeTokenHash(
  { db }: Writing,
  purpose: TokenPurpose,
  sha256: string | null,
  now: number,
): Promise<void> {
  if (sha256 === null) {
    await db.accessToken.deleteMany({ where: { purpose } });
    return;
  }
  const data = { sha256, setAt: new Date(now) };
  await db.accessToken.upsert({ where: { purpose }, create: { purpose, ...data }, update: data });
}
