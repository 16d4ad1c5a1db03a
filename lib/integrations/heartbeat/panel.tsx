"use client";

import { RunBars } from "#components/charts/run-bars.tsx";
import { ActionBar } from "#components/ui/action-bar.tsx";
import { agoWords } from "#components/ui/age.tsx";
import { FindingLines } from "#components/ui/finding-lines.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import { LastReading } from "#components/ui/last-reading.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { PanelBody } from "#components/ui/panel.tsx";
import { formatDuration } from "#lib/core/duration.ts";
import type { HeartbeatDetail } from "#lib/integrations/heartbeat/detail.ts";
import { HowItReports, HowToReport } from "#lib/integrations/heartbeat/panel-report.tsx";
import { RunList } from "#lib/integrations/heartbeat/panel-runs.tsx";
import { barsOf, barWords, dueWords, runWords } from "#lib/integrations/heartbeat/panel-words.ts";
import type { PanelProps } from "#lib/wire/panel.ts";

/** A job is its runs: a bar for each, as high as it took long, and when the next one is due. */
export default function HeartbeatPanel({ service, detail, now, onAction }: PanelProps<HeartbeatDetail>) {
  // What it does not know of the job it says beside the runs it does know of: those are no old reading.
  const unheard = service.failure?.kind === "not-heard" ? service.failure : null;
  const body =
    detail === null ? null : <Job detail={detail} serviceId={service.id} now={now} live={onAction !== null} />;
  return (
    <>
      {unheard !== null && detail !== null ? (
        <PanelBody>
          {detail.runs.length === 0 && onAction !== null ? (
            <HowToReport serviceId={service.id} first={dueWords(detail, now)} />
          ) : (
            <Notice mark="unknown" title={upperFirst(unheard.what)} className="mb-3">
              {unheard.advice}
            </Notice>
          )}
          {detail.runs.length > 0 && body}
        </PanelBody>
      ) : (
        <LastReading
          failure={service.failure}
          firstWithinMs={service.intervalMs}
          checkedAt={service.checkedAt}
          readAt={service.detailAt ?? null}
          now={now}
        >
          {body}
        </LastReading>
      )}
      {detail !== null && (
        <PanelBody className="grow-0 pt-0">
          <FindingLines findings={service.findings} offers={service.actions} onAction={onAction} />
        </PanelBody>
      )}
      <ActionBar offers={service.actions} onAction={onAction} />
    </>
  );
}

function Job({
  detail,
  serviceId,
  now,
  live,
}: {
  readonly detail: HeartbeatDetail;
  readonly serviceId: string;
  readonly now: number;
  readonly live: boolean;
}) {
  const last = detail.runs.at(-1);
  const lastAt = last?.endedAt ?? last?.startedAt ?? null;
  const rows = [
    {
      name: "Last run",
      value:
        last === undefined ? "none yet" : `${runWords(last)}${lastAt === null ? "" : ` · ${agoWords(now - lastAt)}`}`,
    },
    // Of one that failed its finding says it.
    { name: "Said", value: last === undefined || last.outcome === "failed" ? null : last.message },
    { name: (detail.dueAt ?? now) < now ? "Due" : "Next due", value: dueWords(detail, now) },
  ].filter(({ value }) => value !== null);
  return (
    <>
      <p className="mb-2 flex flex-wrap items-baseline justify-between gap-x-3 text-faint text-xs">
        <span className="font-mono [overflow-wrap:anywhere]">{detail.schedule}</span>
        <span>grace {formatDuration(detail.graceMs).replace(/\.0 s$/, " s")}</span>
      </p>
      <RunBars bars={barsOf(detail)} label={barWords(detail)} />
      <KeyValues rows={rows} className="mt-2.5" />
      {detail.printed !== null && (
        <details className="mt-2">
          <summary className="cursor-pointer text-dim text-xs coarse:min-h-9">What it printed last</summary>
          <pre className="mt-1 max-h-48 overflow-auto whitespace-pre-wrap rounded-md bg-bg px-2 py-1.5 font-mono text-xs [overflow-wrap:anywhere]">
            {detail.printed}
          </pre>
        </details>
      )}
      <p className="mt-2 flex flex-wrap gap-x-4">
        {detail.runs.length > 0 && <RunList detail={detail} now={now} />}
        {live && <HowItReports serviceId={serviceId} />}
      </p>
    </>
  );
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
