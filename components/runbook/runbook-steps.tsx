"use client";

import { AnswerLines, AnswerWord } from "#components/runbook/answer-lines.tsx";
import { RecordForm } from "#components/runbook/record-form.tsx";
import { StepControls } from "#components/runbook/step-controls.tsx";
import { StepDone } from "#components/runbook/step-done.tsx";
import type { StepsGiven } from "#components/runbook/steps-given.ts";
import { classNames } from "#components/ui/class-names.ts";
import type { RunbookStepView } from "#lib/wire/runbook.ts";

/** All steps in their order: those behind in few words, the one to do now in full, ways that are not gone folded. */
export function RunbookSteps(given: StepsGiven) {
  return <StepList steps={given.view.steps} given={given} />;
}

function StepList({ steps, given }: { readonly steps: readonly RunbookStepView[]; readonly given: StepsGiven }) {
  return (
    <ol>
      {steps.map((step) => (
        <Step key={step.id} step={step} given={given} />
      ))}
    </ol>
  );
}

function Step({ step, given }: { readonly step: RunbookStepView; readonly given: StepsGiven }) {
  const here = step.place === "here";
  const quiet = step.place === "ahead" || step.place === "folded";
  return (
    <li data-step={step.id} data-place={step.place} className="border-line border-t first:border-t-0">
      <div
        aria-current={here ? "step" : undefined}
        className={classNames(
          "grid grid-cols-[1.125rem_minmax(0,1fr)] gap-x-2.5 px-3.5 py-2.5",
          here && "bg-raised shadow-[inset_2px_0_0_var(--color-text)]",
        )}
      >
        <PlaceSign step={step} />
        <div className="min-w-0">
          <div className="flex flex-wrap items-baseline gap-x-2.5 gap-y-1">
            <span
              className={classNames(
                "min-w-0 [overflow-wrap:anywhere]",
                here ? "font-semibold" : quiet ? "text-dim" : "font-medium",
              )}
            >
              {step.title}
            </span>
            {step.answer !== null && <AnswerWord answer={step.answer} />}
            {here && (
              <span className="rounded-sm bg-accent px-1.5 font-medium text-2xs text-accent-ink">you are here</span>
            )}
          </div>
          {step.say !== null && saysSo(step) && (
            <p className={classNames("mt-0.5 max-w-[72ch] text-pretty", here ? "text-dim" : "text-faint")}>
              {step.say}
            </p>
          )}
          {step.answer !== null && <AnswerLines answer={step.answer} now={given.now} most={here ? 6 : 2} />}
          <StepDone step={step} given={given} />
          {here && step.kind !== "record" && <StepControls step={step} given={given} />}
          {here && step.kind === "record" && <RecordForm given={given} />}
        </div>
      </div>
      {step.branches.map((branch) =>
        branch.taken ? (
          <div key={branch.key} className="ml-[0.6rem] border-line-2 border-l sm:ml-[1.4rem]">
            <p className="label px-3.5 pt-1.5">{branch.title}</p>
            <StepList steps={branch.steps} given={given} />
          </div>
        ) : (
          <details key={branch.key} className="ml-[0.6rem] border-line border-l border-dashed sm:ml-[1.4rem]">
            <summary className="cursor-pointer px-3.5 pt-0.5 pb-1.5 text-faint text-xs hover:text-text coarse:py-2">
              {branch.title}
              {branch.fits !== null &&
                branch.fits.answer !== "unknown" &&
                ` · ${branch.fits.answer === "yes" ? "fits" : "does not fit"}`}
              {" · "}
              {count(branch.steps)}
            </summary>
            <div className="opacity-75">
              <StepList steps={branch.steps} given={given} />
            </div>
          </details>
        ),
      )}
    </li>
  );
}

/** What to know before one decides; of a question, once it matters. */
function saysSo({ kind, place, answer }: RunbookStepView): boolean {
  if (place === "here") return true;
  return kind === "check"
    ? place === "passed" && answer?.answer === "yes" && answer.earlier === null
    : place === "ahead";
}

function count(steps: readonly RunbookStepView[]): string {
  const all = (list: readonly RunbookStepView[]): number =>
    list.reduce((sum, { branches }) => sum + 1 + branches.reduce((inner, branch) => inner + all(branch.steps), 0), 0);
  const total = all(steps);
  return `${total} ${total === 1 ? "step" : "steps"}`;
}

const placeWords = { passed: "done", here: "you are here", ahead: "to come", folded: "on another way" } as const;

/** Shape tells the place: a tick behind, an arrow here, a ring ahead. Grey, for colour belongs to status. */
function PlaceSign({ step }: { readonly step: RunbookStepView }) {
  const passedBy = step.done?.kind === "skipped";
  return (
    <svg
      viewBox="0 0 12 12"
      role="img"
      aria-label={placeWords[step.place]}
      className={classNames("mt-1 size-3", step.place === "here" ? "text-text" : "text-faint")}
    >
      {step.place === "passed" && !passedBy && (
        <path
          d="m1.5 6.5 3 3 6-7"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.6"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      )}
      {step.place === "passed" && passedBy && (
        <path d="M2 6h8" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" />
      )}
      {step.place === "here" && <path d="M2.5 1.2 10.5 6l-8 4.8Z" fill="currentColor" strokeLinejoin="round" />}
      {(step.place === "ahead" || step.place === "folded") && (
        <circle
          cx="6"
          cy="6"
          r="3.6"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.2"
          strokeDasharray={step.place === "folded" ? "1.6 1.6" : undefined}
        />
      )}
    </svg>
  );
}
