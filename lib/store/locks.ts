import type { Reading, Writing } from "#lib/store/open-store.ts";

export interface HeldLock {
  readonly resource: string;
  readonly runId: string;
}

/**
 * Takes all of `resources` for a run, or none: the answer is then the lock another run holds. A lock has no expiry:
 * it goes when its run ends, or when a new poller finds its run abandoned.
 */
export async function takeLocks(
  { db }: Writing,
  runId: string,
  resources: readonly string[],
  now: number,
): Promise<HeldLock | null> {
  const held = await db.runLock.findFirst({ where: { resource: { in: [...resources] }, runId: { not: runId } } });
  if (held !== null) return { resource: held.resource, runId: held.runId };
  for (const resource of new Set(resources)) {
    const row = { resource, runId, acquiredAt: new Date(now) };
    await db.runLock.upsert({ where: { resource }, create: row, update: row });
  }
  return null;
}

export async function releaseLocks({ db }: Writing, runId: string): Promise<void> {
  await db.runLock.deleteMany({ where: { runId } });
}

export async function listLocks({ db }: Reading): Promise<HeldLock[]> {
  const rows = await db.runLock.findMany();
  return rows.map(({ resource, runId }) => ({ resource, runId }));
}
