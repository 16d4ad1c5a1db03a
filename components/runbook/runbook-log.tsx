"use client";

import Link from "next/link";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { clockTime } from "#components/board/wall-time.ts";
import { stateWordsOf } from "#components/run/run-words.ts";
import { Panel } from "#components/ui/panel.tsx";
import type { SessionView } from "#lib/wire/runbook.ts";

type Entry = SessionView["log"][number];

/** Everything that was done, newest first, each with what the checks said at that moment. */
export function RunbookLog({ session }: { readonly session: SessionView }) {
  const zone = useTimeZone();
  return (
    <Panel id="runbook-log" title="What was done" subtitle="who, when, on which evidence">
      <ol className="max-h-[32rem] overflow-y-auto">
        {session.log.toReversed().map((entry) => (
          <li key={entry.id} data-mark-kind={entry.kind} className="border-line border-t px-3.5 py-1.5">
            <div className="flex items-baseline gap-2.5">
              <time
                className="flex-none text-faint"
                dateTime={new Date(entry.at).toISOString()}
                suppressHydrationWarning
              >
                {clockTime(entry.at, zone, true)}
              </time>
              <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
                <Words entry={entry} session={session} />
                {entry.note !== null && entry.note !== "" && <span className="text-dim">: {entry.note}</span>}
                <span className="text-faint"> · {entry.by}</span>
              </span>
            </div>
            {entry.seen.length > 0 && (
              <details className="mt-0.5 text-faint text-xs">
                <summary className="cursor-pointer hover:text-text">what was seen then</summary>
                <ul className="mt-0.5 ml-3">
                  {entry.seen.map((check) => (
                    <li key={check.step} className="[overflow-wrap:anywhere]">
                      {check.title} <span className="text-dim">{check.answer}</span>
                      {check.words.length > 0 && ` · ${check.words.join("; ")}`}
                    </li>
                  ))}
                </ul>
              </details>
            )}
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function Words({ entry, session }: { readonly entry: Entry; readonly session: SessionView }) {
  const run = session.runs.find(({ id }) => id === entry.runId);
  switch (entry.kind) {
    case "joined":
      return "Joined";
    case "left":
      return "Left";
    case "ran":
      return run === undefined ? (
        `Started: ${entry.title}`
      ) : (
        <>
          <Link href={`/runs/${encodeURIComponent(run.id)}`} className="font-medium hover:underline">
            {run.title}
          </Link>{" "}
          <span className="text-dim">{stateWordsOf(run.state).words}</span>
        </>
      );
    case "ticked":
      return `Done by hand: ${entry.title}`;
    case "skipped":
      return `Passed by: ${entry.title}`;
    case "answered":
      return `${entry.title} ${entry.word}`;
    case "chose":
      return `${entry.title} chosen`;
    case "back":
      return `Taken back: ${entry.title}`;
    case "finished":
      return "Finished";
    default:
      return entry.kind satisfies never;
  }
}
