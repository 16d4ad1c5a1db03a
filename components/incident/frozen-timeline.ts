import type { Status } from "#lib/core/status.ts";
import type { FrozenBoard } from "#lib/wire/snapshot.ts";
import type { Timeline, TimelineEvent } from "#lib/wire/timeline.ts";

/** How far a frozen board looks back when nothing in it says otherwise. */
const spanMs = 6 * 3_600_000;

/** The lanes of a frozen board, from the events that were frozen with it. Pure: nothing is asked again. */
export function frozenTimeline({ board, timeline, frozenAt }: FrozenBoard): Timeline {
  const from = frozenAt - spanMs;
  const lanes = board.services.flatMap((service) => {
    const changes = timeline
      .filter((event) => event.kind === "status" && event.serviceId === service.id && event.at >= from)
      .sort((a, b) => a.at - b.at);
    const spans = spansOf(changes, service.status, from, frozenAt);
    return spans.some((span) => span.status !== "ok") ? [{ serviceId: service.id, name: service.name, spans }] : [];
  });
  return { from, to: frozenAt, lanes, events: timeline };
}

/**
 * Before the first change the status is what that change came from, unless watching only began with it; without a change
 * it is what it was when frozen.
 */
function spansOf(changes: readonly TimelineEvent[], status: Status, from: number, to: number) {
  const spans: { from: number; to: number; status: Status }[] = [];
  let since = from;
  const first = changes[0];
  let current: Status | null = first === undefined ? status : first.from === "unknown" ? null : first.from;
  for (const change of changes) {
    if (current !== null && change.at > since) spans.push({ from: since, to: change.at, status: current });
    since = change.at;
    current = change.to;
  }
  if (current !== null && to > since) spans.push({ from: since, to, status: current });
  return spans;
}
