import type { Reading, Writing } from "#lib/store/open-store.ts";
import type { RunState } from "#lib/wire/run.ts";

export interface HeldLock {
  readonly resource: string;
  readonly runId: string;
  /** Of the engine that took it; `null` for one of before epochs were kept. */
  readonly epoch: number | null;
}

/** Who takes locks: a run, and the engine that holds it. */
export interface Holder {
  readonly runId: string;
  readonly epoch: number;
}

/** What stands in the way of a run that another engine took over: it can write nothing more, and so may do nothing more. */
export class LostHold extends Error {
  constructor(runId: string) {
    super(`another engine holds run ${runId} by now`);
    this.name = "LostHold";
  }
}

/**
 * Makes this engine the run's holder, under a new epoch. `epoch` is the one that the caller read: when another engine took the
 * run since, the answer is `null` and nothing changes. The new epoch is the store's change number, so it rises for ever.
 */
export async function claimRun(
  { db, seq }: Writing,
  { runId, epoch, state }: { readonly runId: string; readonly epoch: number | null; readonly state: RunState },
): Promise<number | null> {
  const before = epoch === null ? null : BigInt(epoch);
  const { count } = await db.run.updateMany({
    where: { id: runId, epoch: before, finishedAt: null },
    data: { epoch: BigInt(seq), state, seq: BigInt(seq) },
  });
  if (count === 0) return null;
  await db.runLock.updateMany({ where: { runId }, data: { epoch: BigInt(seq) } });
  return seq;
}

/** Throws `LostHold` unless this engine still holds the run. */
export async function assertHeld({ db }: Reading, { runId, epoch }: Holder): Promise<void> {
  const run = await db.run.findUnique({ where: { id: runId }, select: { epoch: true } });
  if (run === null || run.epoch === null || Number(run.epoch) !== epoch) throw new LostHold(runId);
}

/** Throws `LostHold` unless each of the resources is locked by this very engine for this very run. */
export async function assertLocked({ db }: Reading, holder: Holder, resources: readonly string[]): Promise<void> {
  const wanted = new Set(resources);
  const held = await db.runLock.count({
    where: { resource: { in: [...wanted] }, runId: holder.runId, epoch: BigInt(holder.epoch) },
  });
  if (held !== wanted.size) throw new LostHold(holder.runId);
}

/**
 * Takes all of `resources` for a run, or none: the answer is then the lock another run holds. A lock has no expiry:
 * it goes when its run ends, or when a new poller finds its run abandoned.
 */
export async function takeLocks(
  { db }: Writing,
  { runId, epoch }: Holder,
  resources: readonly string[],
  now: number,
): Promise<HeldLock | null> {
  const held = await db.runLock.findFirst({ where: { resource: { in: [...resources] }, runId: { not: runId } } });
  if (held !== null) return toLock(held);
  for (const resource of new Set(resources)) {
    const row = { resource, runId, acquiredAt: new Date(now), epoch: BigInt(epoch) };
    await db.runLock.upsert({ where: { resource }, create: row, update: row });
  }
  return null;
}

export async function releaseLocks({ db }: Writing, runId: string): Promise<void> {
  await db.runLock.deleteMany({ where: { runId } });
}

export async function listLocks({ db }: Reading): Promise<HeldLock[]> {
  return (await db.runLock.findMany()).map(toLock);
}

function toLock(row: { resource: string; runId: string; epoch: bigint | null }): HeldLock {
  return { resource: row.resource, runId: row.runId, epoch: row.epoch === null ? null : Number(row.epoch) };
}
