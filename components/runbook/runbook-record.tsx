"use client";

import Link from "next/link";
import { PageTitle } from "#components/board/page-title.tsx";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { dayAndTime } from "#components/board/wall-time.ts";
import { RunbookLog } from "#components/runbook/runbook-log.tsx";
import { runbookHref } from "#components/runbook/runbooks.tsx";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { formatDuration } from "#lib/core/duration.ts";
import type { RunbookView } from "#lib/wire/runbook.ts";

/** A runbook that was followed and finished: what was written down, and everything that was done. It changes no more. */
export function RunbookRecord({ record }: { readonly record: RunbookView }) {
  const zone = useTimeZone();
  const { session, service, title, id } = record;
  if (session === null) return null;
  const lasted = (session.finishedAt ?? session.startedAt) - session.startedAt;
  return (
    <>
      <PageTitle page={`${title} · ${service.name}`} />
      <div className="pt-5 pb-4" data-runbook-record={session.id}>
        <p className="text-faint">
          <Link href={`/services/${encodeURIComponent(service.id)}`} className="hover:text-text hover:underline">
            {service.name}
          </Link>
          {" · "}
          <Link href={runbookHref(service.id, id)} className="hover:text-text hover:underline">
            Runbook
          </Link>
        </p>
        <h1 className="text-balance font-semibold text-xl tracking-tight">{title}</h1>
        <p className="mt-0.5 text-dim" suppressHydrationWarning>
          Begun {dayAndTime(session.startedAt, zone)} by {session.startedBy}, finished after {formatDuration(lasted)} by{" "}
          {session.finishedBy}
          {session.incidentId !== null && (
            <>
              {" · "}
              <Link href={`/incidents/${encodeURIComponent(session.incidentId)}`} className="underline hover:text-text">
                its incident
              </Link>
            </>
          )}
        </p>
      </div>
      <div className="grid items-start gap-3 xl:grid-cols-[minmax(0,7fr)_minmax(0,5fr)]">
        <Panel id="runbook-summary" title="What was written down">
          <PanelBody className="whitespace-pre-line [overflow-wrap:anywhere]">
            {session.summary ?? <span className="text-dim">Nothing: it was finished without a word.</span>}
          </PanelBody>
        </Panel>
        <RunbookLog session={session} />
      </div>
    </>
  );
}
