import type { PollRequest } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";

/** Someone wants a poll now. `serviceId: null` means all services. */
export interface PollRequestRow {
  readonly id: string;
  readonly serviceId: string | null;
  readonly requestedBy: string;
  readonly requestedAt: number;
  readonly claimedAt: number | null;
  readonly finishedAt: number | null;
  /** How many services were polled for it so far. */
  readonly polled: number;
}

const keptMs = 24 * 3_600_000;

export async function insertPollRequest(
  { db }: Writing,
  request: Pick<PollRequestRow, "id" | "serviceId" | "requestedBy" | "requestedAt">,
): Promise<void> {
  await db.pollRequest.create({ data: { ...request, requestedAt: new Date(request.requestedAt), polled: 0 } });
}

export async function findPollRequest({ db }: Reading, id: string): Promise<PollRequestRow | null> {
  const row = await db.pollRequest.findUnique({ where: { id } });
  return row === null ? null : toPollRequest(row);
}

/** Requests nobody has claimed, oldest first. */
export async function openPollRequests({ db }: Reading): Promise<PollRequestRow[]> {
  const rows = await db.pollRequest.findMany({ where: { claimedAt: null }, orderBy: { requestedAt: "asc" }, take: 50 });
  return rows.map(toPollRequest);
}

export async function claimPollRequests({ db }: Writing, ids: readonly string[], now: number): Promise<void> {
  await db.pollRequest.updateMany({ where: { id: { in: [...ids] } }, data: { claimedAt: new Date(now) } });
}

/** Ends a request, and forgets those of yesterday. */
export async function finishPollRequest({ db }: Writing, id: string, polled: number, now: number): Promise<void> {
  await db.pollRequest.updateMany({ where: { id }, data: { finishedAt: new Date(now), polled } });
  await db.pollRequest.deleteMany({ where: { requestedAt: { lt: new Date(now - keptMs) } } });
}

/** Claims of a poller that died are free again. */
export async function releasePollRequests({ db }: Writing): Promise<void> {
  await db.pollRequest.updateMany({ where: { finishedAt: null, claimedAt: { not: null } }, data: { claimedAt: null } });
}

function toPollRequest(row: PollRequest): PollRequestRow {
  return {
    ...row,
    requestedAt: row.requestedAt.getTime(),
    claimedAt: row.claimedAt?.getTime() ?? null,
    finishedAt: row.finishedAt?.getTime() ?? null,
  };
}
