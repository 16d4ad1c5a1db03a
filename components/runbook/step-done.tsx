"use client";

import { useTimeZone } from "#components/board/use-time-zone.ts";
import { clockTime } from "#components/board/wall-time.ts";
import { useRunHost } from "#components/run/run-host.tsx";
import { stateWordsOf } from "#components/run/run-words.ts";
import type { StepsGiven } from "#components/runbook/steps-given.ts";
import { StatusMark } from "#components/ui/status-mark.tsx";
import type { RunbookStepView } from "#lib/wire/runbook.ts";

const doneWords: Readonly<Record<string, string>> = {
  ticked: "Done by hand",
  skipped: "Passed by",
  answered: "Answered",
  chose: "Chosen",
};

/** What was done at a step: each run with how it ended, and who ticked it, with his note; and the way back. */
export function StepDone({ step, given }: { readonly step: RunbookStepView; readonly given: StepsGiven }) {
  const zone = useTimeZone();
  const { openRun } = useRunHost();
  const { view, past, blocked, handles } = given;
  const runs = step.runs.flatMap((id) => view.session?.runs.find((run) => run.id === id) ?? []);
  const { done } = step;
  const byHand = done !== null && done.kind !== "ran" ? done : null;
  if (runs.length === 0 && byHand === null) return null;
  const back = () => handles.mark.mutate({ kind: "back", step: step.id });
  const open = !past && view.session?.finishedAt === null;
  return (
    <ul className="mt-1.5 flex flex-col gap-1">
      {runs.map((run) => {
        const { mark, words } = stateWordsOf(run.state);
        return (
          <li key={run.id} data-run={run.state} className="flex flex-wrap items-baseline gap-x-2">
            <StatusMark mark={mark} size="sm" label={null} className="translate-y-px" />
            <button
              type="button"
              className="min-w-0 flex-1 text-left hover:underline max-sm:basis-[80%]"
              onClick={() => openRun(run.id)}
            >
              <span className="font-medium">{words}</span>{" "}
              <span className="text-dim [overflow-wrap:anywhere]">{run.title}</span>
            </button>
            <span className="flex-none text-faint text-xs max-sm:pl-4" suppressHydrationWarning>
              {run.actor} · {clockTime(run.requestedAt, zone, true)}
            </span>
          </li>
        );
      })}
      {open && blocked === null && step.kind === "action" && step.place === "passed" && byHand === null && (
        <li>
          <button type="button" className="text-faint text-xs underline hover:text-text" onClick={back}>
            Once more
          </button>
        </li>
      )}
      {byHand !== null && (
        <li className="flex flex-wrap items-baseline gap-x-2">
          <span className="min-w-0 text-dim [overflow-wrap:anywhere]">
            {doneWords[byHand.kind] ?? byHand.kind}
            {byHand.note !== null && byHand.note !== "" && `: ${byHand.note}`}
          </span>
          <span className="text-faint text-xs" suppressHydrationWarning>
            {byHand.by} · {clockTime(byHand.at, zone, true)}
          </span>
          {open && blocked === null && (
            <button type="button" className="text-faint text-xs underline hover:text-text" onClick={back}>
              Take back
            </button>
          )}
        </li>
      )}
    </ul>
  );
}
