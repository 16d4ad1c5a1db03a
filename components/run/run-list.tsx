"use client";

import Link from "next/link";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { dayAndTime } from "#components/board/wall-time.ts";
import { stateWordsOf } from "#components/run/run-words.ts";
import { Age } from "#components/ui/age.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import { formatDuration } from "#lib/core/duration.ts";
import type { RunMark } from "#lib/wire/board.ts";

/** Runs, a line each. */
export function RunList({ runs, now }: { readonly runs: readonly RunMark[]; readonly now: number }) {
  const zone = useTimeZone();
  return (
    <ul>
      {runs.map((run) => {
        const { mark, words } = stateWordsOf(run.state);
        const tookMs = run.finishedAt === null ? null : run.finishedAt - run.requestedAt;
        return (
          <li key={run.id} className="border-line border-t first:border-t-0">
            <Link
              href={`/runs/${encodeURIComponent(run.id)}`}
              className="flex flex-wrap items-baseline gap-x-2.5 gap-y-0.5 px-3.5 py-2 hover:bg-raised"
            >
              <StatusMark mark={mark} size="sm" className="translate-y-px" />
              <span className="font-medium [overflow-wrap:anywhere]">{run.title}</span>
              <span className="text-dim">{run.serviceId}</span>
              <span className="min-w-0 flex-[1_1_14rem] text-dim [overflow-wrap:anywhere]">{run.verdict ?? words}</span>
              <span className="text-faint [overflow-wrap:anywhere]">
                <span className="whitespace-nowrap" title={dayAndTime(run.requestedAt, zone)}>
                  {tookMs === null ? "" : `${formatDuration(tookMs)} · `}
                  <Age at={run.requestedAt} now={now} />
                </span>{" "}
                · {run.actor}
              </span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
