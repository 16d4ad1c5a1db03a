"use client";

import { agoWords } from "#components/ui/age.tsx";
import { Popover } from "#components/ui/popover.tsx";
import { type Mark, StatusMark } from "#components/ui/status-mark.tsx";
import type { HeartbeatDetail, RunOutcome } from "#lib/integrations/heartbeat/detail.ts";
import { runWords, timeIn } from "#lib/integrations/heartbeat/panel-words.ts";

const marks: Readonly<Record<RunOutcome, Mark>> = {
  succeeded: "ok",
  running: "info",
  "too-long": "warning",
  failed: "critical",
  "never-ended": "critical",
};

/** The bars in words, the newest first: when, how long, with which exit code, from where, and what it said. */
export function RunList({ detail, now }: { readonly detail: HeartbeatDetail; readonly now: number }) {
  const runs = detail.runs.toReversed();
  return (
    <Popover
      label="The last runs"
      className="w-96"
      trigger={
        <button
          type="button"
          className="text-dim text-xs underline-offset-2 hover:text-text hover:underline coarse:min-h-9"
        >
          {runs.length === 1 ? "The one run" : `The last ${runs.length} runs`}
        </button>
      }
    >
      <ul className="flex flex-col gap-2">
        {runs.map((run) => {
          const at = run.startedAt ?? run.endedAt ?? 0;
          return (
            <li key={run.id} className="flex gap-2">
              <StatusMark mark={marks[run.outcome]} size="sm" className="mt-1.5" />
              <div className="min-w-0">
                <p>
                  {runWords(run)} <span className="text-faint text-xs">{agoWords(now - at)}</span>
                </p>
                <p className="text-faint text-xs [overflow-wrap:anywhere]">
                  {[timeIn(at, detail.timeZone), run.run, run.from].filter((part) => part !== null).join(" · ")}
                </p>
                {run.message !== null && <p className="text-dim text-xs [overflow-wrap:anywhere]">{run.message}</p>}
              </div>
            </li>
          );
        })}
      </ul>
    </Popover>
  );
}
