import type { Status } from "#lib/core/status.ts";
import type { Event } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
import { bound } from "#lib/store/row.ts";
import type { TimelineEvent } from "#lib/wire/timeline.ts";

export interface NewEvent {
  readonly at: number;
  readonly kind: TimelineEvent["kind"];
  readonly text: string;
  readonly serviceId?: string | null;
  readonly from?: Status | null;
  readonly to?: Status | null;
  readonly actor?: string | null;
  readonly runId?: string | null;
  /** Of an incident or a comment. */
  readonly incidentId?: string | null;
  readonly change?: TimelineEvent["change"];
  readonly link?: string | null;
  /** The sender's own name for it. */
  readonly key?: string | null;
  readonly state?: TimelineEvent["state"];
  readonly since?: number | null;
}

/** By the hundred when much breaks at once, and the board waits for them: so without a query engine in between. */
export async function insertEvents({ prepare }: Writing, events: readonly NewEvent[]): Promise<void> {
  for (const event of events) {
    const row = fromEvent(event);
    prepare(insertion).run(columns.map((name) => bound(row[name])));
  }
}

const columns = [
  "at",
  "kind",
  "text",
  "serviceId",
  "from",
  "to",
  "actor",
  "runId",
  "incidentId",
  "change",
  "link",
  "key",
  "state",
  "since",
] as const satisfies readonly Exclude<keyof Event, "id">[];

const insertion = `INSERT INTO "Event" (${columns.map((name) => `"${name}"`).join(", ")})
  VALUES (${columns.map(() => "?").join(", ")})`;

/** One event, told back with its id. */
export async function insertMarker({ db }: Writing, event: NewEvent): Promise<TimelineEvent> {
  return toEvent(await db.event.create({ data: fromEvent(event) }));
}

export interface EventRange {
  readonly from: number;
  readonly to: number;
  readonly limit: number;
  readonly serviceId?: string;
  /** Kinds that are left out. */
  readonly without?: readonly TimelineEvent["kind"][];
  /** These kinds alone. */
  readonly kinds?: readonly TimelineEvent["kind"][];
}

/** Events in [from, to], newest first. */
export async function listEvents({ db }: Reading, range: EventRange): Promise<TimelineEvent[]> {
  const rows = await db.event.findMany({
    where: {
      at: { gte: new Date(range.from), lte: new Date(range.to) },
      ...(range.serviceId === undefined ? {} : { serviceId: range.serviceId }),
      ...(range.without === undefined ? {} : { kind: { notIn: [...range.without] } }),
      ...(range.kinds === undefined ? {} : { kind: { in: [...range.kinds] } }),
    },
    orderBy: [{ at: "desc" }, { id: "desc" }],
    take: range.limit,
  });
  return rows.map(toEvent);
}

/**
 * What belongs to an incident: its own events whenever they were, those of its services in [from, to], and what was told
 * of the whole meanwhile (deploys, configuration); each detail that changed stands in "what changed". Oldest first; of too many, the newest.
 */
export async function listIncidentEvents(
  { db }: Reading,
  range: {
    readonly incidentId: string;
    readonly serviceIds: readonly string[];
    readonly from: number;
    readonly to: number;
    readonly limit: number;
  },
): Promise<TimelineEvent[]> {
  const at = { gte: new Date(range.from), lte: new Date(range.to) };
  const rows = await db.event.findMany({
    where: {
      OR: [
        { incidentId: range.incidentId },
        { at, incidentId: null, serviceId: { in: [...range.serviceIds] }, kind: { not: "change" } },
        { at, serviceId: null, kind: { in: ["deploy", "config", "note", "maintenance"] } },
      ],
    },
    orderBy: [{ at: "desc" }, { id: "desc" }],
    take: range.limit,
  });
  return rows.map(toEvent).reverse();
}

/** The marker that its sender named so. */
export async function findEventByKey({ db }: Reading, key: string): Promise<TimelineEvent | null> {
  const row = await db.event.findUnique({ where: { key } });
  return row === null ? null : toEvent(row);
}

type StatusChange = Pick<TimelineEvent, "at" | "serviceId" | "from" | "to">;

/** The last status change of each service at or before `at`: what a lane begins with. One statement, however many there are. */
export function lastStatusBefore({ past }: Reading, at: number): StatusChange[] {
  return past
    .prepare<[number], StatusChange>(
      `SELECT e."at", e."serviceId", e."from", e."to" FROM "Service" v JOIN "Event" e ON e."id" =
       (SELECT "id" FROM "Event" WHERE "serviceId" = v."id" AND "kind" = 'status' AND "at" <= ?
        ORDER BY "at" DESC, "id" DESC LIMIT 1)`,
    )
    .all(at);
}

/** When the poller that was there at `at` had started; `null` when none had. */
export async function pollerStartBefore({ db }: Reading, at: number): Promise<number | null> {
  const row = await db.event.findFirst({
    where: { kind: "poller", at: { lte: new Date(at) }, text: { startsWith: "Poller started" } },
    orderBy: { at: "desc" },
    select: { at: true },
  });
  return row?.at.getTime() ?? null;
}

/** Since when nothing was measured at `at`, where that is known afterwards; `null` when there was no such gap. */
export async function gapAround({ db }: Reading, at: number): Promise<number | null> {
  const moment = new Date(at);
  const row = await db.event.findFirst({
    where: { kind: "poller", since: { lte: moment }, at: { gt: moment } },
    orderBy: { at: "asc" },
    select: { since: true },
  });
  return row?.since?.getTime() ?? null;
}

/** Status changes in [from, to], oldest first: what the lanes of a long time are made of. */
export function listStatusChanges(
  { past }: Reading,
  range: { readonly from: number; readonly to: number; readonly limit: number },
): StatusChange[] {
  const newest = past.prepare<[number, number, number], StatusChange>(
    `SELECT "at", "serviceId", "from", "to" FROM "Event" WHERE "at" >= ? AND "at" <= ? AND "kind" = 'status'
     ORDER BY "at" DESC, "id" DESC LIMIT ?`,
  );
  return newest.all(range.from, range.to, range.limit).reverse();
}

/** Deletes at most `limit` events that are older than `before`. */
export async function deleteEvents({ db }: Writing, before: number, limit: number): Promise<void> {
  const where = { at: { lt: new Date(before) } };
  const oldest = await db.event.findMany({ where, orderBy: { at: "asc" }, take: limit, select: { id: true } });
  if (oldest.length > 0) await db.event.deleteMany({ where: { id: { in: oldest.map((row) => row.id) } } });
}

function fromEvent(event: NewEvent) {
  return {
    at: new Date(event.at),
    kind: event.kind,
    text: event.text,
    serviceId: event.serviceId ?? null,
    from: event.from ?? null,
    to: event.to ?? null,
    actor: event.actor ?? null,
    runId: event.runId ?? null,
    incidentId: event.incidentId ?? null,
    change: event.change ? JSON.stringify(event.change) : null,
    link: event.link ?? null,
    key: event.key ?? null,
    state: event.state ?? null,
    since: event.since === undefined || event.since === null ? null : new Date(event.since),
  };
}

function toEvent({ change, link, key: _key, ...row }: Event): TimelineEvent {
  return {
    ...row,
    ...(change === null ? {} : { change: JSON.parse(change) as NonNullable<TimelineEvent["change"]> }),
    ...(link === null ? {} : { link }),
    at: row.at.getTime(),
    kind: row.kind as TimelineEvent["kind"],
    from: row.from as Status | null,
    to: row.to as Status | null,
    state: row.state as NonNullable<TimelineEvent["state"]> | null,
    since: row.since?.getTime() ?? null,
  };
}
