"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useKind } from "#components/board/kinds.tsx";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { clockTime, dayAndTime } from "#components/board/wall-time.ts";
import { type ChartMark, SeriesChart } from "#components/charts/series-chart.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { Segments } from "#components/ui/segments.tsx";
import { Select } from "#components/ui/select.tsx";
import { formatValue } from "#lib/core/unit.ts";
import { seriesQuery } from "#lib/wire/queries.ts";
import type { ServiceView } from "#lib/wire/service.ts";
import type { TimelineEvent } from "#lib/wire/timeline.ts";

const hourMs = 3_600_000;
const spans = [
  { value: hourMs, label: "1 h" },
  { value: 24 * hourMs, label: "24 h" },
  { value: 7 * 24 * hourMs, label: "7 d" },
  { value: 30 * 24 * hourMs, label: "30 d" },
  { value: 90 * 24 * hourMs, label: "90 d" },
] as const;

/** Any number of the service over an hour to ninety days, with what was deployed, changed and run marked in it. */
export function ServiceNumbers({ view, at }: { readonly view: ServiceView; readonly at: number | null }) {
  const kind = useKind(view.service.kind);
  const zone = useTimeZone();
  const choices = choicesOf(view, kind?.metrics ?? {});
  const [wanted, setWanted] = useState<string | null>(null);
  const [spanMs, setSpanMs] = useState<number>(hourMs);
  const chosen = choices.find((choice) => choice.value === wanted) ?? choices[0];
  const { data, error } = useQuery({
    ...seriesQuery(view.service.id, chosen?.value ?? "", spanMs, at),
    enabled: chosen !== undefined,
    placeholderData: keepPreviousData,
  });
  if (chosen === undefined) return null;
  const empty = data?.count.every((count) => count === 0) === true;
  const timeWords = (time: number) => (spanMs <= 24 * hourMs ? clockTime(time, zone) : dayAndTime(time, zone));
  return (
    <Panel id="numbers" title="Numbers" subtitle="mean, and from least to most">
      <PanelBody className="flex flex-col gap-2">
        <div className="flex flex-wrap items-end justify-between gap-2">
          <Select
            label="Number"
            value={chosen.value}
            options={choices}
            onChange={(event) => setWanted(event.target.value)}
          />
          <Segments label="How far back" value={spanMs} options={spans} onChange={setSpanMs} />
        </div>
        {data === undefined ? (
          <p className="text-dim">{error === null ? "Reading …" : `Not known: ${error.message}`}</p>
        ) : empty ? (
          <p className="text-dim">Nothing was measured in this time.</p>
        ) : (
          <SeriesChart
            {...data}
            marks={marksOf(view.timeline, data.from, data.to)}
            format={(value) => formatValue(value, chosen.unit)}
            timeWords={timeWords}
            label={`${chosen.label}, last ${spans.find((span) => span.value === spanMs)?.label ?? ""}`}
          />
        )}
      </PanelBody>
    </Panel>
  );
}

/** What the panel draws comes first: it is what one looks at. */
function choicesOf({ measured, service }: ServiceView, metrics: NonNullable<ReturnType<typeof useKind>>["metrics"]) {
  const drawn = (key: string) => (key in service.trend.series ? 0 : 1);
  return measured
    .toSorted((a, b) => drawn(a) - drawn(b))
    .flatMap((key) => {
      const [id = "", node = "", subject = ""] = key.split("|");
      const metric = metrics[id];
      if (metric === undefined) return [];
      const of = [subject, node].filter((part) => part !== "").join(" · ");
      return [{ value: key, label: of === "" ? metric.title : `${metric.title} · ${of}`, unit: metric.unit }];
    });
}

const marked: readonly TimelineEvent["kind"][] = ["deploy", "config", "change", "run"];

function marksOf(timeline: readonly TimelineEvent[], from: number, to: number): ChartMark[] {
  return timeline
    .filter((event) => marked.includes(event.kind) && event.at >= from && event.at <= to)
    .map((event) => ({ at: event.at, label: event.text }));
}
