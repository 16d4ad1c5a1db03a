"use client";

import { RunOutput } from "#components/run/run-output.tsx";
import { checkMarks, checksTitle, runStateWords, stepMarks } from "#components/run/run-words.ts";
import { Notice } from "#components/ui/notice.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import { formatDuration } from "#lib/core/duration.ts";
import { isEnded, type Run } from "#lib/wire/run.ts";

/** A run from its first check to its verdict: what was found, what will happen, what it says, how it ended. */
export function RunBody({
  run,
  now,
  output = true,
}: {
  readonly run: Run;
  readonly now: number;
  /** Whether what servers said stands below; not where the whole journal does. */
  readonly output?: boolean;
}) {
  return (
    <>
      {isEnded(run.state) && <Verdict run={run} />}
      <div className="grid border-line border-t first:border-t-0 md:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="min-w-0 px-4 py-3.5 sm:px-5.5">
          <Checks run={run} now={now} />
        </div>
        <div className="min-w-0 border-line bg-bg px-4 py-3.5 max-md:border-t sm:px-5.5 md:border-l">
          <Steps run={run} now={now} />
          <Touches run={run} />
        </div>
      </div>
      {output && <RunOutput journal={run.journal} live={!isEnded(run.state)} />}
    </>
  );
}

function Verdict({ run }: { readonly run: Run }) {
  const { mark, words } = runStateWords[run.state];
  const tookMs = run.finishedAt === null || run.startedAt === null ? null : run.finishedAt - run.startedAt;
  return (
    <div role="status" data-run-state={run.state} className="px-4 py-3.5 sm:px-5.5">
      <Notice mark={mark} title={tookMs === null ? words : `${words} · ${formatDuration(tookMs)}`}>
        {run.verdict ?? undefined}
      </Notice>
      <Left run={run} />
    </div>
  );
}

/** What it left changed or in doubt, until somebody says how it is. */
function Left({ run }: { readonly run: Run }) {
  const { left = [], settled = null } = run;
  if (left.length === 0) return null;
  return (
    <section aria-label="Left" className="mt-2.5">
      <h3 className="label mb-1">{settled === null ? "Still to be looked at" : "Was left"}</h3>
      <ul>
        {left.map((words) => (
          <li key={words} className="flex items-baseline gap-2 py-0.5">
            <StatusMark mark={settled === null ? "warning" : "info"} size="sm" className="translate-y-px" />
            <span className="min-w-0 [overflow-wrap:anywhere]">{words}</span>
          </li>
        ))}
      </ul>
      {settled !== null && (
        <p className="mt-1 text-dim">
          {settled.by} settled it: {settled.words}
        </p>
      )}
    </section>
  );
}

function Checks({ run, now }: { readonly run: Run; readonly now: number }) {
  const waiting = run.state === "requested" || run.state === "checking";
  return (
    <section aria-label="Checks">
      <h3 className="label mb-1.5">{checksTitle(run, now)}</h3>
      <ul>
        {run.checks.map((check) => (
          <li
            key={check.id}
            data-check={check.verdict}
            className="grid grid-cols-[1.125rem_minmax(0,1fr)_auto] items-baseline gap-2 border-line border-t py-1.5 first:border-t-0"
          >
            <StatusMark mark={checkMarks[check.verdict]} className="translate-y-px" />
            <span className="min-w-0 [overflow-wrap:anywhere]">
              {check.title} <span className="text-faint text-xs">{check.evidence}</span>
            </span>
            <span className="whitespace-nowrap text-faint text-xs">{formatDuration(check.tookMs)}</span>
          </li>
        ))}
        {waiting && (
          <li className="flex items-center gap-2 border-line border-t py-2 text-dim first:border-t-0">
            <StatusMark mark="healing" label={null} />
            {run.state === "requested"
              ? "Waiting for the poller to take it"
              : "Checking live, before anything is touched"}
            <Skeleton className="h-3 flex-1" />
          </li>
        )}
        {!waiting && run.checks.length === 0 && <li className="py-1.5 text-faint">No check was made.</li>}
      </ul>
    </section>
  );
}

function Steps({ run, now }: { readonly run: Run; readonly now: number }) {
  const steps = run.steps.length > 0 ? run.steps : plannedSteps(run);
  return (
    <section aria-label="Steps">
      <h3 className="label mb-1.5">{isEnded(run.state) ? "What happened" : "What will happen"}</h3>
      <ol>
        {steps.map((step) => (
          <li
            key={step.id}
            data-step={step.state}
            className="grid grid-cols-[1.25rem_minmax(0,1fr)_auto] items-baseline gap-2 py-1.5"
          >
            <StatusMark mark={stepMarks[step.state]} label={step.state} className="translate-y-px" />
            <span className={step.state === "waiting" || step.state === "skipped" ? "min-w-0 text-dim" : "min-w-0"}>
              {step.title}
              <span className="block font-mono text-faint text-xs [overflow-wrap:anywhere]">
                {step.evidence ?? step.does}
              </span>
            </span>
            <span className="whitespace-nowrap text-faint text-xs">{stepTime(step, now)}</span>
          </li>
        ))}
        <Proof run={run} />
      </ol>
      {steps.length === 0 && <p className="text-faint">The plan comes with the checks.</p>}
    </section>
  );
}

function Proof({ run }: { readonly run: Run }) {
  if (run.plan === null) return null;
  const { verification, state } = run;
  const done = verification !== null && verification.held >= verification.wanted;
  const mark = done
    ? "ok"
    : state === "verifying"
      ? "healing"
      : isEnded(state) && verification !== null
        ? "warning"
        : "unknown";
  return (
    <li className="grid grid-cols-[1.25rem_minmax(0,1fr)_auto] items-baseline gap-2 py-1.5">
      <StatusMark mark={mark} label={null} className="translate-y-px" />
      <span className={verification === null ? "min-w-0 text-dim" : "min-w-0"}>
        Prove it: {run.plan.verify}
        {verification !== null && (
          <span className="block text-faint text-xs [overflow-wrap:anywhere]">{verification.evidence}</span>
        )}
      </span>
      <span className="whitespace-nowrap text-faint text-xs">
        {verification === null ? "" : `${verification.held} of ${verification.wanted}`}
      </span>
    </li>
  );
}

function Touches({ run }: { readonly run: Run }) {
  if (run.plan === null) return null;
  return (
    <section aria-label="Touches" className="mt-4">
      <h3 className="label mb-1.5">Touches</h3>
      <p className="text-dim [overflow-wrap:anywhere]">{run.plan.touches.join(", ")}</p>
      {run.plan.caveat !== null && (
        <p className="mt-2 flex items-baseline gap-2 text-dim">
          <StatusMark mark="warning" size="sm" className="flex-none translate-y-px" label="Caveat" />
          <span>{run.plan.caveat}</span>
        </p>
      )}
    </section>
  );
}

function plannedSteps(run: Run): Run["steps"] {
  const steps = run.plan?.steps ?? [];
  return steps.map((step) => ({ ...step, state: "waiting", evidence: null, startedAt: null, finishedAt: null }));
}

function stepTime(step: Run["steps"][number], now: number): string {
  if (step.startedAt === null) return "";
  if (step.finishedAt !== null) return formatDuration(step.finishedAt - step.startedAt);
  return step.state === "running" ? `${Math.max(0, Math.round((now - step.startedAt) / 1_000))} s …` : "";
}
