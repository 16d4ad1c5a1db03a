import type { Sight } from "#lib/access/sight.ts";
import type { Status } from "#lib/core/status.ts";
import { lastStatusBefore, listEvents, listStatusChanges } from "#lib/store/events.ts";
import type { Reading, Store } from "#lib/store/open-store.ts";
import { serviceNames } from "#lib/store/services.ts";
import { keptSince } from "#lib/store/time-travel.ts";
import { cutEvents, readSeen } from "#lib/views/seen.ts";
import type { Timeline, TimelineEvent } from "#lib/wire/timeline.ts";

const eventsShown = 2_000;
/** A lane must not begin late because there was much trouble since: more changes of status are read than events are told. */
const changesRead = 50_000;

type StatusChange = Pick<TimelineEvent, "at" | "serviceId" | "from" | "to">;

/** What happened in [from, to]: events newest first, and a lane for every service that was not ok all the time. */
export async function timelineView(
  store: Store,
  sight: Sight,
  range: { readonly from: number; readonly to: number },
): Promise<Timeline> {
  return await store.read((reading) => readTimeline(reading, sight, range));
}

export async function readTimeline(
  reading: Reading,
  sight: Sight,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Timeline> {
  const events = await listEvents(reading, {
    from,
    to,
    limit: eventsShown,
    without: ["change", "comment", "symptom", "runbook-step"],
  });
  const seen = await readSeen(reading, sight);
  const names = await serviceNames(reading);
  const before = lastStatusBefore(reading, from - 1);
  const changes: StatusChange[] = [...before, ...listStatusChanges(reading, { from, to, limit: changesRead })];
  const byService = Map.groupBy(changes, (change) => change.serviceId);
  const lanes = [...names].flatMap(([serviceId, name]) => {
    if (!seen.has(serviceId)) return [];
    const spans = spansOf(byService.get(serviceId) ?? [], from, to);
    return spans.some((span) => span.status !== "ok") ? [{ serviceId, name, spans }] : [];
  });
  return { from, to, keptFrom: keptSince(reading), lanes, events: cutEvents(events, seen) };
}

/**
 * Changes, oldest first, to spans without gaps. Before the first change the status is what that change came from; out of
 * `unknown` it came when watching began, and nothing is drawn for the time before that.
 */
function spansOf(changes: readonly StatusChange[], from: number, to: number): Timeline["lanes"][number]["spans"] {
  const spans: { from: number; to: number; status: Status }[] = [];
  for (const change of changes) {
    if (change.to === null) continue;
    const at = Math.min(Math.max(change.at, from), to);
    const last = spans.at(-1);
    if (last?.status === change.to) continue;
    if (last !== undefined) last.to = at;
    else if (at > from && change.from !== null && change.from !== "unknown")
      spans.push({ from, to: at, status: change.from });
    spans.push({ from: at, to, status: change.to });
  }
  return spans.filter((span) => span.to > span.from);
}
