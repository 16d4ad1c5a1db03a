"use client";

import { useTimeZone } from "#components/board/use-time-zone.ts";
import { clockTime } from "#components/board/wall-time.ts";
import { Age } from "#components/ui/age.tsx";
import { classNames } from "#components/ui/class-names.ts";
import type { RunbookStepView } from "#lib/wire/runbook.ts";

type Answer = NonNullable<RunbookStepView["answer"]>;

const words = { yes: "yes", no: "no", unknown: "nobody knows" } as const;

/** Yes stands filled, no in a frame, unknown in a dashed one: it is neither. */
export function AnswerWord({ answer }: { readonly answer: Answer }) {
  const said = answer.earlier?.answer ?? answer.answer;
  return (
    <span
      data-answer={said}
      className={classNames(
        "rounded-sm border px-1.5 font-medium text-2xs",
        said === "yes" && "border-edge bg-hover text-text",
        said === "no" && "border-line-2 text-dim",
        said === "unknown" && "border-edge border-dashed text-dim",
      )}
    >
      {said === "unknown" && answer.waiting ? "not seen yet" : words[said]}
      {said === "unknown" && answer.by !== null && `, ${answer.by.by} answered`}
    </span>
  );
}

/** What the answer rests on, each with its age; and what it was when somebody went on from here. */
export function AnswerLines({
  answer,
  now,
  most,
}: {
  readonly answer: Answer;
  readonly now: number;
  /** Beyond these they are counted. */
  readonly most: number;
}) {
  const zone = useTimeZone();
  const { earlier } = answer;
  const changed = earlier !== null && earlier.answer !== answer.answer;
  const shown = answer.evidence.length === most + 1 ? answer.evidence : answer.evidence.slice(0, most);
  const rest = answer.evidence.length - shown.length;
  return (
    <div className="mt-0.5 text-dim">
      {earlier !== null && earlier.words.length > 0 && (
        <p className="flex items-baseline gap-2">
          <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{earlier.words[0]}</span>
          <time className="flex-none text-faint text-xs" suppressHydrationWarning>
            at {clockTime(earlier.at, zone, true)}
          </time>
        </p>
      )}
      {(earlier === null || changed) && (
        <ul>
          {shown.map((evidence) => (
            <li key={`${evidence.serviceId} ${evidence.words}`} className="flex items-baseline gap-2">
              <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
                {changed && <span className="text-faint">now {words[answer.answer]}: </span>}
                {evidence.words}
              </span>
              {evidence.at !== null && <Age at={evidence.at} now={now} className="flex-none text-faint text-xs" />}
            </li>
          ))}
          {rest > 0 && <li className="text-faint text-xs">and {rest} more</li>}
        </ul>
      )}
    </div>
  );
}
