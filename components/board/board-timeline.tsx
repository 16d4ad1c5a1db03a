"use client";

import { useMemo } from "react";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { clockTime, dayAndTime } from "#components/board/wall-time.ts";
import { type Lane, type LaneEvent, Lanes } from "#components/charts/lanes.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import type { Timeline, TimelineEvent } from "#lib/wire/timeline.ts";

const signs: Readonly<Record<TimelineEvent["kind"], string | null>> = {
  // A change of status is the lane itself.
  status: null,
  run: "R",
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
  comment: null,
};
const tickCount = 6;

/** What was in trouble when, and what people did, on one axis. `onRun` opens a run from its mark. */
export function BoardTimeline({
  timeline,
  now,
  onRun,
}: {
  readonly timeline: Timeline;
  readonly now: number;
  readonly onRun: ((runId: string) => void) | null;
}) {
  const zone = useTimeZone();
  const spanMs = timeline.to - timeline.from;
  const to = Math.max(now, timeline.to);
  const from = to - spanMs;
  const lanes = useMemo(() => lanesOf(timeline, to, zone), [timeline, to, zone]);
  const events = useMemo(() => eventsOf(timeline, zone), [timeline, zone]);
  const ticks = Array.from({ length: tickCount + 1 }, (_, index) => {
    const at = from + (spanMs / tickCount) * index;
    return { at, label: clockTime(at, zone) };
  });
  const runs = new Map(timeline.events.map((event) => [String(event.id), event.runId]));
  const open = (id: string) => {
    const runId = runs.get(id);
    if (runId) onRun?.(runId);
  };
  return (
    <Panel
      id="timeline"
      title={`Last ${Math.round(spanMs / 3_600_000)} hours`}
      subtitle={lanes.length === 0 ? "nothing was in trouble" : undefined}
      aside={clockTime(to, zone, true)}
    >
      <PanelBody>
        <Lanes
          lanes={lanes}
          events={events}
          from={from}
          to={to}
          ticks={ticks}
          {...(onRun === null ? {} : { onEvent: open })}
        />
      </PanelBody>
    </Panel>
  );
}

function lanesOf(timeline: Timeline, to: number, zone: string | undefined): Lane[] {
  return timeline.lanes.map((lane) => ({
    id: lane.serviceId,
    label: lane.name,
    spans: lane.spans.map((span) => {
      // The last span is still going on: it grows with the clock until the next answer.
      const end = span.to === timeline.to ? to : span.to;
      const title = `${lane.name} ${span.status}, ${dayAndTime(span.from, zone)} to ${span.to === timeline.to ? "now" : dayAndTime(end, zone)}`;
      return { from: span.from, to: end, mark: span.status, title };
    }),
  }));
}

function eventsOf(timeline: Timeline, zone: string | undefined): LaneEvent[] {
  return timeline.events.flatMap((event) => {
    const sign = signs[event.kind];
    if (sign === null) return [];
    return [{ id: String(event.id), at: event.at, sign, title: `${dayAndTime(event.at, zone)} · ${event.text}` }];
  });
}
