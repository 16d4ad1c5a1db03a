"use client";

import { useMemo } from "react";
import { eventMarks } from "#components/board/event-marks.ts";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { clockTime, dayAndTime } from "#components/board/wall-time.ts";
import { type Lane, Lanes } from "#components/charts/lanes.tsx";
import type { ScrubberProps } from "#components/charts/scrubber.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { Segments } from "#components/ui/segments.tsx";
import type { Timeline } from "#lib/wire/timeline.ts";

const tickCount = 6;
const dayMs = 86_400_000;

export interface TimeTravel {
  /** The moment shown; `null` is live. */
  readonly at: number | null;
  readonly go: (at: number) => void;
  readonly onKey: ScrubberProps["onKey"];
  readonly spanMs: number;
  readonly spans: readonly { readonly label: string; readonly ms: number }[];
  readonly setSpanMs: (spanMs: number) => void;
}

/** What was in trouble when, and what people did, on one axis. `travel` makes it one to drag; `onRun` and `onIncident` open one from its mark. */
export function BoardTimeline({
  timeline,
  now,
  onRun,
  onIncident = null,
  travel = null,
}: {
  readonly timeline: Timeline;
  readonly now: number;
  readonly onRun: ((runId: string) => void) | null;
  readonly onIncident?: ((incidentId: string) => void) | null;
  /** `null` where there is one moment only: a frozen board. */
  readonly travel?: TimeTravel | null;
}) {
  const zone = useTimeZone();
  const spanMs = travel?.spanMs ?? timeline.to - timeline.from;
  const to = Math.max(now, timeline.to);
  const from = to - spanMs;
  const lanes = useMemo(() => lanesOf(timeline, to, zone), [timeline, to, zone]);
  const marks = useMemo(() => eventMarks(timeline.events, spanMs, zone), [timeline, spanMs, zone]);
  const ticks = Array.from({ length: tickCount + 1 }, (_, index) => {
    const at = from + (spanMs / tickCount) * index;
    return { at, label: spanMs > dayMs ? dayAndTime(at, zone).slice(0, -3) : clockTime(at, zone) };
  });
  const open = (id: string) => {
    const [first, second] = marks.find((mark) => mark.id === id)?.events ?? [];
    if (first === undefined) return;
    if (second === undefined && first.runId !== null && onRun !== null) onRun(first.runId);
    else if (second === undefined && first.incidentId && onIncident !== null) onIncident(first.incidentId);
    else travel?.go(Math.ceil(first.at / 1_000) * 1_000);
  };
  return (
    <Panel
      id="timeline"
      title={spanMs > dayMs ? `Last ${Math.round(spanMs / dayMs)} days` : `Last ${hoursWords(spanMs)}`}
      subtitle={lanes.length === 0 ? "nothing was in trouble" : undefined}
      aside={
        travel === null ? (
          clockTime(to, zone, true)
        ) : (
          <Segments
            label="How far back"
            value={travel.spanMs}
            options={travel.spans.map(({ label, ms }) => ({ value: ms, label }))}
            onChange={travel.setSpanMs}
          />
        )
      }
    >
      <PanelBody>
        <Lanes
          lanes={lanes}
          events={marks}
          from={from}
          to={to}
          ticks={ticks}
          onEvent={open}
          scrub={travel === null ? undefined : scrubOf(travel, now, zone)}
          // Beside the board of the past it must leave room for it.
          className={travel === null || travel.at === null ? undefined : "max-h-[26vh] overflow-y-auto"}
        />
      </PanelBody>
    </Panel>
  );
}

function scrubOf(travel: TimeTravel, now: number, zone: string | undefined) {
  const long = travel.spanMs > dayMs / 2;
  return {
    at: travel.at,
    label: "Moment shown on the board",
    words: (at: number | null) => {
      if (at === null || at > now - 1_500) return "Live";
      return long ? dayAndTime(at, zone) : clockTime(at, zone, true);
    },
    onScrub: (at: number) => travel.go(Math.round(at / 1_000) * 1_000),
    onKey: travel.onKey,
  };
}

function hoursWords(spanMs: number): string {
  const hours = Math.round(spanMs / 3_600_000);
  return hours === 1 ? "hour" : `${hours} hours`;
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
