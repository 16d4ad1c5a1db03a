import type { History } from "#lib/store/open-store.ts";

/**
 * Whether there is anything of a sort, by one look at an index. The poller asks many times a minute, mostly in vain: what is
 * there is then read as usual.
 */
export function hasOpenRuns({ past }: Pick<History, "past">): boolean {
  return isThere(
    past.prepare<[], Found>(`SELECT EXISTS (SELECT 1 FROM "Run" WHERE "finishedAt" IS NULL) AS "found"`).get(),
  );
}

export function hasOpenPollRequests({ past }: Pick<History, "past">): boolean {
  const sql = `SELECT EXISTS (SELECT 1 FROM "PollRequest" WHERE "claimedAt" IS NULL) AS "found"`;
  return isThere(past.prepare<[], Found>(sql).get());
}

export function hasAlarms({ past }: Pick<History, "past">): boolean {
  return isThere(past.prepare<[], Found>(`SELECT EXISTS (SELECT 1 FROM "Alarm") AS "found"`).get());
}

/** What people said about how services are judged: planned work that has begun, acknowledgements, silences, choices. */
export function hasCare({ past }: Pick<History, "past">, at: number): boolean {
  const sql = `SELECT EXISTS (SELECT 1 FROM "Maintenance" WHERE "endedAt" IS NULL AND "startAt" <= ?)
    OR EXISTS (SELECT 1 FROM "Mute" WHERE "endedAt" IS NULL) OR EXISTS (SELECT 1 FROM "ConfirmChoice") AS "found"`;
  return isThere(past.prepare<[number], Found>(sql).get(at));
}

export function hasOpenHeals({ past }: Pick<History, "past">): boolean {
  return isThere(
    past.prepare<[], Found>(`SELECT EXISTS (SELECT 1 FROM "Heal" WHERE "endedAt" IS NULL) AS "found"`).get(),
  );
}

interface Found {
  readonly found: number;
}

function isThere(row: Found | undefined): boolean {
  return row?.found === 1;
}
