"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { PageTitle } from "#components/board/page-title.tsx";
import { useLiveBoard } from "#components/board/use-live-board.ts";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { dayAndTime } from "#components/board/wall-time.ts";
import { CareBar } from "#components/incident/care-bar.tsx";
import { CommentForm } from "#components/incident/comment-form.tsx";
import { IncidentTimeline } from "#components/incident/incident-timeline.tsx";
import { courseWords } from "#components/incident/incidents-page.tsx";
import { IncidentRunbooks } from "#components/runbook/incident-runbooks.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import { formatDuration } from "#lib/core/duration.ts";
import type { IncidentView } from "#lib/wire/incident.ts";
import { incidentQuery } from "#lib/wire/queries.ts";

/** One incident: where it starts, who suffered from it and when, and all that happened meanwhile. */
export function IncidentPage({ incident, at }: { readonly incident: IncidentView; readonly at: number }) {
  const { board, shown, now } = useLiveBoard();
  const { data } = useQuery({ ...incidentQuery(incident.id), initialData: incident, initialDataUpdatedAt: at });
  const zone = useTimeZone();
  const open = data.resolvedAt === null;
  const root = shown.services.find(({ service }) => service.id === data.rootId)?.service;
  return (
    <>
      <PageTitle page="Incident" />
      <div className="pt-5 pb-4" data-incident={open ? "open" : "resolved"}>
        <p className="text-faint">
          <Link href="/incidents" className="hover:text-text hover:underline">
            Incidents
          </Link>
        </p>
        <h1 className="flex items-baseline gap-2.5 text-balance font-semibold text-xl tracking-tight">
          <StatusMark mark={open ? "critical" : "ok"} size="lg" label={open ? "open" : "resolved"} />
          <span className="min-w-0 [overflow-wrap:anywhere]">{data.title}</span>
        </h1>
        <p className="mt-0.5 text-dim">
          {dayAndTime(data.openedAt, zone)} · {courseWords(data, now)} · starts at{" "}
          {data.rootId === null ? (
            data.rootName
          ) : (
            <Link href={`/services/${encodeURIComponent(data.rootId)}`} className="hover:text-text hover:underline">
              {data.rootName}
            </Link>
          )}
        </p>
        {data.mergedInto !== null && (
          <p className="mt-0.5 text-dim">
            It turned out to belong to{" "}
            <Link href={`/incidents/${encodeURIComponent(data.mergedInto)}`} className="underline">
              another incident
            </Link>
            .
          </p>
        )}
        {open && root !== undefined && (
          <div className="mt-3">
            <CareBar service={root} services={board.services} now={now} />
          </div>
        )}
      </div>
      <div className="grid items-start gap-3 xl:grid-cols-[minmax(0,7fr)_minmax(0,5fr)]">
        <Panel id="incident-timeline" title="What happened">
          <IncidentTimeline events={data.timeline} />
          <CommentForm incidentId={data.id} />
        </Panel>
        <div className="flex min-w-0 flex-col gap-3">
          <IncidentRunbooks incident={data} services={shown.services} />
          <Panel id="incident-services" title="Services" subtitle="symptoms alert nobody: their cause does">
            {data.members.length === 0 ? <PanelBody>None.</PanelBody> : <Members incident={data} now={now} />}
          </Panel>
        </div>
      </div>
    </>
  );
}

function Members({ incident, now }: { readonly incident: IncidentView; readonly now: number }) {
  return (
    <ul>
      {incident.members.map((member) => (
        <li
          key={member.serviceId}
          className="flex flex-wrap items-baseline gap-x-2.5 border-line border-t px-3.5 py-2 first:border-t-0"
        >
          <StatusMark mark={member.until === null ? "critical" : "ok"} size="sm" label={null} />
          <Link
            href={`/services/${encodeURIComponent(member.serviceId)}`}
            className="min-w-0 flex-1 font-medium [overflow-wrap:anywhere] hover:underline"
          >
            {member.name}
          </Link>
          <span className="text-dim">{member.root ? "root" : "symptom"}</span>
          <span className="text-faint">
            {member.until === null
              ? `for ${formatDuration(Math.max(0, now - member.from))}`
              : `well after ${formatDuration(member.until - member.from)}`}
          </span>
        </li>
      ))}
    </ul>
  );
}
