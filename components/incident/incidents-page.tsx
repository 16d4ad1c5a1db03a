"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useBoardNow } from "#components/board/live-provider.tsx";
import { PageTitle } from "#components/board/page-title.tsx";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { dayAndTime } from "#components/board/wall-time.ts";
import { Empty } from "#components/ui/empty.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import { formatDuration } from "#lib/core/duration.ts";
import type { IncidentMark } from "#lib/wire/incident.ts";
import { incidentsQuery } from "#lib/wire/queries.ts";

/** What is broken and what was, the open ones first. */
export function IncidentsPage({ incidents }: { readonly incidents: readonly IncidentMark[] }) {
  const now = useBoardNow();
  const { data } = useQuery({ ...incidentsQuery, initialData: { incidents: [...incidents] } });
  return (
    <>
      <PageTitle page="Incidents" />
      <div className="pt-5 pb-4">
        <h1 className="font-semibold text-xl tracking-tight">Incidents</h1>
        <p className="text-dim">
          One for each cause, with all that suffered from it. A confirmed critical state opens one; it ends when
          everything in it is well again.
        </p>
      </div>
      <div className="overflow-hidden rounded-lg border border-line bg-surface">
        {data.incidents.length === 0 ? (
          <Empty title="There was no incident yet">Warnings and planned work open none.</Empty>
        ) : (
          <ul>
            {data.incidents.map((incident) => (
              <Row key={incident.id} incident={incident} now={now} />
            ))}
          </ul>
        )}
      </div>
    </>
  );
}

function Row({ incident, now }: { readonly incident: IncidentMark; readonly now: number }) {
  const zone = useTimeZone();
  const open = incident.resolvedAt === null;
  return (
    <li className="border-line border-t first:border-t-0" data-incident={open ? "open" : "resolved"}>
      <Link
        href={`/incidents/${encodeURIComponent(incident.id)}`}
        className="grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-3 gap-y-0.5 px-3.5 sm:grid-cols-[auto_minmax(0,1fr)_auto] py-2.5 hover:bg-raised"
      >
        <StatusMark mark={open ? "critical" : "ok"} size="sm" label={open ? "open" : "resolved"} />
        <span className="[overflow-wrap:anywhere]">
          <span className={open ? "font-medium" : ""}>{incident.title}</span>
          <span className="block text-faint text-xs">
            {dayAndTime(incident.openedAt, zone)} · starts at {incident.rootName} ·{" "}
            {incident.services === 1 ? "1 service" : `${incident.services} services`}
          </span>
        </span>
        <span className={open ? "text-crit max-sm:col-start-2" : "text-dim max-sm:col-start-2"}>
          {courseWords(incident, now)}
        </span>
      </Link>
    </li>
  );
}

/** `open for 12 min`, `resolved after 48 s`. */
export function courseWords(incident: Pick<IncidentMark, "openedAt" | "resolvedAt">, now: number): string {
  const { openedAt, resolvedAt } = incident;
  if (resolvedAt === null) return `open for ${formatDuration(Math.max(0, now - openedAt))}`;
  return `resolved after ${formatDuration(resolvedAt - openedAt)}`;
}
