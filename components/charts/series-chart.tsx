"use client";

import { type KeyboardEvent, type PointerEvent, useState } from "react";
import { bandPath, linePath, type Series, scaleFor } from "#components/charts/scale.ts";

const width = 600;
const height = 120;

/** A moment that is marked over the whole height: a deploy, a run. */
export interface ChartMark {
  readonly at: number;
  readonly label: string;
}

/**
 * One number over time: its mean as a line, and from least to most as a band, so that no peak is lost by thinning. Gaps stay
 * gaps. Pointing at a place, or the arrow keys, reads it out.
 */
export function SeriesChart({
  at,
  min,
  max,
  mean,
  marks,
  format,
  timeWords,
  label,
}: {
  readonly at: readonly number[];
  readonly min: Series;
  readonly max: Series;
  readonly mean: Series;
  readonly marks: readonly ChartMark[];
  readonly format: (value: number) => string;
  readonly timeWords: (at: number) => string;
  /** What it shows, for those who cannot see it. */
  readonly label: string;
}) {
  const [read, setRead] = useState<number | null>(null);
  const last = at.length - 1;
  const scale = scaleFor(max, null);
  const place = (time: number) => ((time - (at[0] ?? 0)) / Math.max(1, (at[last] ?? 0) - (at[0] ?? 0))) * width;
  const point = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left) / Math.max(1, box.width);
    setRead(Math.max(0, Math.min(last, Math.round(share * last))));
  };
  const step = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 }[event.key];
    if (event.key === "Home") setRead(0);
    else if (event.key === "End") setRead(last);
    else if (by !== undefined) setRead(Math.max(0, Math.min(last, (read ?? last) + by)));
    else return;
    // The board's own arrow keys step through time.
    event.preventDefault();
    event.stopPropagation();
  };
  const x = read === null ? null : (read / Math.max(1, last)) * width;
  const words = read === null ? null : wordsAt(read);

  function wordsAt(index: number): string {
    const [time, low, high, middle] = [at[index] ?? 0, min[index], max[index], mean[index]];
    if (middle === null || middle === undefined) return `${timeWords(time)} · not measured`;
    const spread = low !== high ? ` (${format(low ?? middle)} to ${format(high ?? middle)})` : "";
    const marked = marks.filter((mark) => Math.abs(place(mark.at) - place(time)) <= width / Math.max(1, last) / 2);
    return [`${timeWords(time)} · ${format(middle)}${spread}`, ...marked.map((mark) => mark.label)].join(" · ");
  }

  return (
    <figure>
      <div
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, last)}
        aria-valuenow={read ?? last}
        aria-valuetext={wordsAt(read ?? last)}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => setRead(null)}
        onKeyDown={step}
        onBlur={() => setRead(null)}
        className="relative touch-pan-y rounded-sm"
      >
        <span className="pointer-events-none absolute top-0 left-0 rounded-sm bg-surface px-1 text-faint text-xs tabular-nums">
          {format(scale.top / 1.08)}
        </span>
        <svg
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          aria-hidden="true"
          className="block h-32 w-full text-dim"
        >
          <path d={`M0 ${height}H${width}`} className="stroke-line" vectorEffect="non-scaling-stroke" />
          {marks.map((mark) => (
            <path
              key={`${mark.at} ${mark.label}`}
              d={`M${place(mark.at)} 0V${height}`}
              className="stroke-edge"
              strokeDasharray="2 3"
              vectorEffect="non-scaling-stroke"
            >
              <title>{mark.label}</title>
            </path>
          ))}
          <path d={bandPath(min, max, scale.top, width, height)} fill="currentColor" opacity=".18" />
          <path
            d={linePath(mean, scale.top, width, height)}
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
            strokeLinecap="round"
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
          />
          {x !== null && <path d={`M${x} 0V${height}`} className="stroke-text" vectorEffect="non-scaling-stroke" />}
        </svg>
      </div>
      <figcaption className="mt-1 flex justify-between gap-3 text-faint text-xs tabular-nums">
        <span>{words === null ? timeWords(at[0] ?? 0) : ""}</span>
        <span className="min-w-0 text-dim">{words ?? ""}</span>
        <span>{words === null ? timeWords(at[last] ?? 0) : ""}</span>
      </figcaption>
    </figure>
  );
}
