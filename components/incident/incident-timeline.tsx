"use client";

import { EventText } from "#components/board/event-text.tsx";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { dayAndTime } from "#components/board/wall-time.ts";
import { PanelBody } from "#components/ui/panel.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import type { TimelineEvent } from "#lib/wire/timeline.ts";

/** The story of an incident, oldest first: it reads downwards, and the newest stands where one writes. */
export function IncidentTimeline({ events }: { readonly events: readonly TimelineEvent[] }) {
  const zone = useTimeZone();
  if (events.length === 0) return <PanelBody className="text-dim">Nothing is kept of it any more.</PanelBody>;
  return (
    <ol>
      {events.map((event) => (
        <li
          key={event.id}
          data-event={event.kind}
          className="flex flex-wrap items-baseline gap-x-2.5 border-line border-t px-3.5 py-1.5"
        >
          <time
            dateTime={new Date(event.at).toISOString()}
            className="flex-none whitespace-nowrap text-faint max-sm:w-full max-sm:text-xs"
          >
            {dayAndTime(event.at, zone)}
          </time>
          {event.to !== null && <StatusMark mark={event.to} size="sm" className="translate-y-px" />}
          <span
            className={
              event.kind === "comment" || event.kind === "incident"
                ? "min-w-0 flex-1 whitespace-pre-line [overflow-wrap:anywhere]"
                : "min-w-0 flex-1 text-dim [overflow-wrap:anywhere]"
            }
          >
            <EventText event={event} />
            {event.actor !== null && <span className="text-faint"> · {event.actor}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}
