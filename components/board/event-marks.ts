import { dayAndTime } from "#components/board/wall-time.ts";
import type { LaneEvent } from "#components/charts/lanes.tsx";
import type { TimelineEvent } from "#lib/wire/timeline.ts";

const signs: Readonly<Record<TimelineEvent["kind"], string | null>> = {
  // A change of status is the lane itself.
  status: null,
  run: "R",
  heal: "H",
  snapshot: "S",
  config: "C",
  poller: "P",
  deploy: "D",
  note: "N",
  // Too many for marks: they stand in "what changed".
  change: null,
  maintenance: "M",
  acknowledgement: "A",
  silence: null,
  incident: "I",
  // They stand in their incident.
  symptom: null,
  comment: null,
  runbook: "B",
  "runbook-step": null,
};

/** Marks nearer to each other than this share of the axis become one. */
const nearShare = 0.014;
const mostLines = 8;

export interface EventMark extends LaneEvent {
  readonly events: readonly TimelineEvent[];
}

/** What people and Pitwall did, as marks on an axis of `spanMs`: what would overlap is one mark that says how many. */
export function eventMarks(events: readonly TimelineEvent[], spanMs: number, zone: string | undefined): EventMark[] {
  const groups: TimelineEvent[][] = [];
  for (const event of events.toSorted((a, b) => a.at - b.at)) {
    if (signs[event.kind] === null) continue;
    const group = groups.at(-1);
    const first = group?.[0];
    if (group !== undefined && first !== undefined && event.at - first.at < spanMs * nearShare) group.push(event);
    else groups.push([event]);
  }
  return groups.map((group) => markOf(group, zone));
}

function markOf(group: readonly TimelineEvent[], zone: string | undefined): EventMark {
  const [first] = group;
  const kinds = new Set(group.map((event) => event.kind));
  const sign = first === undefined ? "" : (signs[first.kind] ?? "");
  const lines = group.slice(-mostLines).map((event) => {
    const by = event.actor === null ? "" : ` · ${event.actor}`;
    return `${dayAndTime(event.at, zone)} · ${event.text}${by}`;
  });
  const more = group.length - lines.length;
  return {
    id: String(first?.id ?? 0),
    at: first?.at ?? 0,
    sign: group.length === 1 ? sign : kinds.size === 1 ? `${sign}${group.length}` : String(group.length),
    lines: more > 0 ? [`${more} before these`, ...lines] : lines,
    events: group,
  };
}
