"use client";

import { useTimeZone } from "#components/board/use-time-zone.ts";
import { fullTime } from "#components/board/wall-time.ts";
import { RunBody } from "#components/run/run-body.tsx";
import { runStateWords } from "#components/run/run-words.ts";
import { StatusMark } from "#components/ui/status-mark.tsx";
import type { Run } from "#lib/wire/run.ts";

/** What had been done by the time the board was frozen; each opens to its whole journal. */
export function FrozenRuns({ runs, now }: { readonly runs: readonly Run[]; readonly now: number }) {
  const zone = useTimeZone();
  if (runs.length === 0) return null;
  return (
    <section aria-label="Runs" className="mt-3 overflow-hidden rounded-lg border border-line bg-surface">
      <h2 className="px-3.5 pt-2.5 pb-2 font-semibold">Runs</h2>
      {runs.map((run) => (
        <details key={run.id} className="border-line border-t">
          <summary className="flex flex-wrap items-baseline gap-x-2.5 px-3.5 py-2 hover:bg-raised">
            <StatusMark mark={runStateWords[run.state].mark} size="sm" />
            <span className="font-medium">{run.title}</span>
            <span className="text-dim">{run.serviceName}</span>
            <span className="text-dim">{runStateWords[run.state].words}</span>
            <span className="ml-auto text-faint">
              {fullTime(run.requestedAt, zone)} · {run.actor}
            </span>
          </summary>
          <RunBody run={run} now={now} />
        </details>
      ))}
    </section>
  );
}
