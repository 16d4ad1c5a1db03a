import type { Reading } from "#lib/store/open-store.ts";
import { type SessionRow, sessionsAt } from "#lib/store/runbooks.ts";
import type { Seen } from "#lib/views/seen.ts";
import type { SessionMark } from "#lib/wire/runbook-mark.ts";

/** The runbooks that were followed at `at`, of services he sees. */
export async function readFollowing(reading: Reading, seen: Seen, at: number): Promise<SessionMark[]> {
  return (await sessionsAt(reading, at)).filter(({ serviceId }) => seen.has(serviceId)).map(sessionMarkOf);
}

export function sessionMarkOf(session: SessionRow): SessionMark {
  const { id, serviceId, runbookId, title, incidentId, startedAt, startedBy, finishedAt, seq } = session;
  return { id, serviceId, runbookId, title, incidentId, startedAt, startedBy, finishedAt, seq };
}
