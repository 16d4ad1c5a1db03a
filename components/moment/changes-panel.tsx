"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { clockTime } from "#components/board/wall-time.ts";
import { secondAfter } from "#components/moment/moment.ts";
import { useMoment } from "#components/moment/moment-provider.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { formatDuration } from "#lib/core/duration.ts";
import { type Change, changesMinutes } from "#lib/wire/changes.ts";
import { changesQuery } from "#lib/wire/queries.ts";

const kindWords: Readonly<Partial<Record<Change["kind"], string>>> = {
  change: "seen",
  deploy: "deploy",
  config: "config",
  run: "run",
  note: "note",
};

/** What was different or done in the minutes before a moment (`null`: now), at all services, the nearest to it first. */
export function ChangesPanel({ at, broke }: { readonly at: number | null; readonly broke: boolean }) {
  const zone = useTimeZone();
  const { go } = useMoment();
  const { data, error, isPlaceholderData } = useQuery({
    ...changesQuery(at, changesMinutes.usual),
    // From moment to moment the last answer stays, greyed, until the next is here; now and then are no neighbours.
    placeholderData: (before, query) => (at === null || query?.queryKey[1] === null ? undefined : before),
  });
  const changes = data?.changes ?? [];
  return (
    <Panel
      id="changes"
      title={titleOf(at, broke, zone)}
      subtitle="at all services"
      aside={data === undefined || data.changes.length === 0 ? undefined : `${changes.length}${data.cut ? "+" : ""}`}
    >
      {changes.length === 0 ? (
        <PanelBody className="text-dim">
          {error !== null ? error.message : data === undefined ? "Looking …" : "No change was seen or told."}
        </PanelBody>
      ) : (
        <ol
          aria-busy={isPlaceholderData}
          className={classNames("max-h-72 overflow-y-auto", isPlaceholderData && "opacity-50")}
        >
          {changes.map((change) => (
            <li
              key={change.id}
              className="flex flex-wrap items-baseline gap-x-2.5 border-line border-t px-3.5 py-1.5 sm:flex-nowrap"
            >
              <button
                type="button"
                title={`Show the board at ${clockTime(change.at, zone, true)}`}
                onClick={() => go(secondAfter(change.at))}
                className="flex-none whitespace-nowrap rounded-sm text-faint tabular-nums hover:text-text hover:underline"
              >
                {change.beforeMs < 1_000 ? "at that time" : `${formatDuration(change.beforeMs)} before`}
              </button>
              <span className="flex-none rounded-sm border border-line px-1 text-dim text-xs">
                {kindWords[change.kind] ?? change.kind}
              </span>
              <span className="min-w-0 flex-[1_1_14rem] [overflow-wrap:anywhere]">
                <ChangeText change={change} />
                {change.actor !== null && <span className="text-faint"> · {change.actor}</span>}
              </span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

function titleOf(at: number | null, broke: boolean, zone: string | undefined): string {
  if (at === null) return `Changed in the last ${changesMinutes.usual} min`;
  return `Changed in the ${changesMinutes.usual} min before ${broke ? "it broke" : clockTime(at, zone, true)}`;
}

function ChangeText({ change }: { readonly change: Change }) {
  if (change.runId !== null) {
    return (
      <Link href={`/runs/${encodeURIComponent(change.runId)}`} className="hover:underline">
        {change.text}
      </Link>
    );
  }
  if (change.link !== undefined) {
    return (
      <a href={change.link} rel="noreferrer noopener" target="_blank" className="underline">
        {change.text}
      </a>
    );
  }
  return change.text;
}
