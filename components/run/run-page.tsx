"use client";

import Link from "next/link";
import { useBoardNow } from "#components/board/live-provider.tsx";
import { PageTitle } from "#components/board/page-title.tsx";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { fullTime } from "#components/board/wall-time.ts";
import { RunBody } from "#components/run/run-body.tsx";
import { RunControls } from "#components/run/run-controls.tsx";
import { useRunHost } from "#components/run/run-host.tsx";
import { RunOutput } from "#components/run/run-output.tsx";
import { runStateWords } from "#components/run/run-words.ts";
import { useRun } from "#components/run/use-run.ts";
import { StatusMark } from "#components/ui/status-mark.tsx";
import { isEnded, type Run } from "#lib/wire/run.ts";

/** One run on a page of its own: the same as in the dialog, and its whole journal below. */
export function RunPage({ run: initial }: { readonly run: Run }) {
  const now = useBoardNow();
  const zone = useTimeZone();
  const { openAction, openRun } = useRunHost();
  const { query, ...handles } = useRun(initial.id, initial);
  const run = query.data ?? initial;
  const { mark, words } = runStateWords[run.state];
  return (
    <>
      <PageTitle page={run.title} />
      <div className="pt-5 pb-4">
        <p className="text-faint">
          <Link href="/runs" className="hover:text-text hover:underline">
            Runs
          </Link>{" "}
          ·{" "}
          <Link href={`/services/${encodeURIComponent(run.serviceId)}`} className="hover:text-text hover:underline">
            {run.serviceName}
          </Link>
        </p>
        <h1 className="font-semibold text-xl tracking-tight [overflow-wrap:anywhere]">
          {run.plan?.title ?? run.title}
        </h1>
        <p className="mt-1 flex flex-wrap items-baseline gap-x-2 text-dim">
          <StatusMark mark={mark} label={null} className="translate-y-px" />
          <span>{words}</span>
          <span className="text-faint">
            asked for by {run.actor} at {fullTime(run.requestedAt, zone)}
          </span>
        </p>
        {run.plan !== null && <p className="mt-1 max-w-[80ch] text-dim">{run.plan.effect}</p>}
      </div>
      <div className="overflow-hidden rounded-xl border border-line-2 bg-surface">
        <RunBody run={run} now={now} output={false} />
        <div className="flex flex-wrap items-center justify-end gap-2.5 border-line border-t px-4 py-3 sm:px-5.5">
          <RunControls
            run={run}
            now={now}
            handles={handles}
            onAgain={() => openAction(run.serviceId, run.action, run.params)}
            onUndo={openRun}
          />
        </div>
      </div>
      <section aria-label="Journal" className="mt-3 overflow-hidden rounded-lg border border-line bg-surface">
        <h2 className="px-4 pt-2.5 pb-2 font-semibold sm:px-5.5">Journal</h2>
        <RunOutput journal={run.journal} live={!isEnded(run.state)} all />
      </section>
    </>
  );
}
