"use client";

import Link from "next/link";
import { PageTitle } from "#components/board/page-title.tsx";
import { ServicePanel } from "#components/board/service-panel.tsx";
import { useLacks } from "#components/board/viewer.tsx";
import { MomentBanner } from "#components/moment/moment-banner.tsx";
import { useMoment } from "#components/moment/moment-provider.tsx";
import { useShownMoment } from "#components/moment/use-shown-moment.ts";
import { useRunHost } from "#components/run/run-host.tsx";
import { FollowBar } from "#components/runbook/follow-bar.tsx";
import { RunbookLog } from "#components/runbook/runbook-log.tsx";
import { RunbookSteps } from "#components/runbook/runbook-steps.tsx";
import { useRunbook } from "#components/runbook/use-runbook.ts";
import { Notice } from "#components/ui/notice.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import type { Board } from "#lib/wire/board.ts";
import type { RunbookView } from "#lib/wire/runbook.ts";

/** A runbook for one service: its steps by the state of the board, and what whoever follows it did. */
export function RunbookPage({
  runbook,
  moment,
}: {
  readonly runbook: RunbookView;
  /** The board of the moment that the address asks for. */
  readonly moment: Board | null;
}) {
  const { settled } = useMoment();
  const { shown, now, past, arriving, problem: blind } = useShownMoment(moment);
  const { view, problem, ...handles } = useRunbook(runbook, settled);
  const { openAction } = useRunHost();
  const { respond } = useLacks(view.service);
  const found = shown.services.find(({ service }) => service.id === view.service.id);
  const failed = [handles.start.error, handles.mark.error, handles.finish.error].find((error) => error !== null);
  return (
    <>
      <PageTitle page={`${view.title} · ${view.service.name}`} />
      <MomentBanner arriving={arriving} problem={blind} />
      <div className="pt-5 pb-4" data-runbook={view.id} data-here={view.here}>
        <p className="text-faint">
          <Link href="/" className="hover:text-text hover:underline">
            Board
          </Link>
          {" · "}
          <Link href={`/services/${encodeURIComponent(view.service.id)}`} className="hover:text-text hover:underline">
            {view.service.name}
          </Link>
          {" · Runbook"}
        </p>
        <h1 className="flex items-baseline gap-2.5 text-balance font-semibold text-xl tracking-tight">
          {found !== undefined && <StatusMark mark={found.covered ? "maintenance" : found.service.status} size="lg" />}
          <span className="min-w-0 [overflow-wrap:anywhere]">{view.title}</span>
        </h1>
        <p className="mt-1 max-w-[80ch] text-pretty text-dim">{view.symptom}</p>
        {view.fits.length === 0 && view.session === null && (
          <p className="mt-1 text-faint">
            {past ? "It did not fit what the board showed then." : "Nothing on the board asks for it right now."}
          </p>
        )}
        <FollowBar view={view} handles={handles} past={past} blocked={respond} />
      </div>
      {problem !== null && (
        <Notice mark="critical" title="The runbook cannot be read anew" className="mb-3">
          {problem}
        </Notice>
      )}
      {failed !== undefined && failed !== null && (
        <div role="alert" className="mb-3">
          <Notice mark="critical" title="It was not done">
            {failed.message}
          </Notice>
        </div>
      )}
      <div className="grid items-start gap-3 xl:grid-cols-[minmax(0,7fr)_minmax(0,5fr)]">
        <Panel
          id="runbook-steps"
          title="Steps"
          subtitle={past ? "as it was then" : "checked live; nothing acts by itself"}
        >
          <RunbookSteps
            view={view}
            now={now}
            past={past}
            blocked={respond}
            services={shown.services}
            handles={handles}
          />
        </Panel>
        <div className="flex min-w-0 flex-col gap-3">
          {found !== undefined && <ServicePanel shown={found} now={now} onAction={past ? null : openAction} />}
          {view.session !== null && <RunbookLog session={view.session} />}
        </div>
      </div>
    </>
  );
}
