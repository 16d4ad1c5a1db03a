"use client";

import { EventText } from "#components/board/event-text.tsx";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { dayAndTime } from "#components/board/wall-time.ts";
import { PanelBody } from "#components/ui/panel.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import { formatDuration } from "#lib/core/duration.ts";
import type { TimelineEvent } from "#lib/wire/timeline.ts";

/** What happened to a service, newest first; a status stands with how long it held. */
export function ServiceHistory({ events, now }: { readonly events: readonly TimelineEvent[]; readonly now: number }) {
  const zone = useTimeZone();
  if (events.length === 0) return <PanelBody className="text-dim">Nothing happened yet.</PanelBody>;
  const changes = events.filter((event) => event.kind === "status");
  const heldMs = new Map(changes.map((event, index) => [event.id, (changes[index - 1]?.at ?? now) - event.at]));
  return (
    <ol className="max-h-[32rem] overflow-y-auto">
      {events.map((event) => (
        <li key={event.id} className="flex items-baseline gap-2.5 border-line border-t px-3.5 py-1.5">
          <time dateTime={new Date(event.at).toISOString()} className="flex-none whitespace-nowrap text-faint">
            {dayAndTime(event.at, zone)}
          </time>
          {event.to !== null && <StatusMark mark={event.to} size="sm" className="translate-y-px" />}
          <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
            <EventText event={event} />
            {event.actor !== null && <span className="text-faint"> · {event.actor}</span>}
          </span>
          {heldMs.has(event.id) && (
            <span className="flex-none text-faint">{formatDuration(Math.max(0, heldMs.get(event.id) ?? 0))}</span>
          )}
        </li>
      ))}
    </ol>
  );
}
