"use client";

import { useEffect, useRef } from "react";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { clockTime } from "#components/board/wall-time.ts";
import { classNames } from "#components/ui/class-names.ts";
import type { JournalLine } from "#lib/wire/run.ts";

/** Nearer to the end than this, a reader follows it; farther up, they read and are not moved. */
const followWithinPx = 40;

/** What the run said, line by line as it comes. */
export function RunOutput({
  journal,
  live,
  all = false,
}: {
  readonly journal: readonly JournalLine[];
  readonly live: boolean;
  /** Every line of the journal instead of only what servers said. */
  readonly all?: boolean;
}) {
  const zone = useTimeZone();
  const box = useRef<HTMLDivElement>(null);
  const lines = all ? journal : journal.filter((line) => line.kind !== "state" && line.kind !== "check");
  const last = lines.at(-1)?.seq;
  // The outside system is the box's scroll position.
  useEffect(() => {
    const element = box.current;
    if (element === null || last === undefined) return;
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    if (below < followWithinPx + element.clientHeight / 2) element.scrollTop = element.scrollHeight;
  }, [last]);
  if (lines.length === 0) return null;
  return (
    <div
      ref={box}
      role="log"
      aria-label="Output"
      aria-live={live ? "polite" : "off"}
      className={classNames(
        all ? "max-h-[70vh]" : "max-h-56",
        "overflow-auto border-line border-t bg-bg px-4 py-3 font-mono text-dim text-xs sm:px-5.5",
      )}
    >
      <ol>
        {lines.map((line) => (
          <li
            key={line.seq}
            className="grid grid-cols-[6.5rem_4.5rem_minmax(0,1fr)] gap-x-2 max-sm:grid-cols-[6.5rem_minmax(0,1fr)]"
          >
            <time dateTime={new Date(line.at).toISOString()} className="text-faint">
              {clockTime(line.at, zone, true)}.{String(line.at % 1_000).padStart(3, "0")}
            </time>
            <span className="truncate text-faint">{line.node ?? line.kind}</span>
            <span className="whitespace-pre-wrap [overflow-wrap:anywhere] max-sm:col-span-2">{line.text}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
