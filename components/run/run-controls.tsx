"use client";

import { useState } from "react";
import { canCancel, careFor } from "#components/run/run-words.ts";
import type { useRun } from "#components/run/use-run.ts";
import { Button } from "#components/ui/button.tsx";
import { controlClass } from "#components/ui/field.tsx";
import { formatDuration } from "#lib/core/duration.ts";
import { isEnded, type Run } from "#lib/wire/run.ts";

/** What can be done with a run where it stands: confirm its plan, stop it, or run it again. */
export function RunControls({
  run,
  now,
  confirm,
  cancel,
  onAgain,
  children,
}: {
  readonly run: Run;
  readonly now: number;
  readonly confirm: ReturnType<typeof useRun>["confirm"];
  readonly cancel: ReturnType<typeof useRun>["cancel"];
  /** Opens the same action with the same parameters once more. */
  readonly onAgain: (() => void) | null;
  /** Where it stands beside the controls: a link, a close button. */
  readonly children?: React.ReactNode;
}) {
  const problem = confirm.error ?? cancel.error;
  const expired = run.plan !== null && run.state === "planned" && run.plan.expiresAt <= now;
  return (
    <>
      {problem !== null && (
        <p role="alert" className="basis-full text-crit">
          {problem.message}
        </p>
      )}
      {run.state === "planned" && run.plan !== null && !expired && (
        <span className="mr-auto text-faint">Good for {formatDuration(Math.max(1_000, run.plan.expiresAt - now))}</span>
      )}
      {expired && <span className="mr-auto text-dim">The plan is too old to confirm: plan again.</span>}
      {run.cancelRequested && !isEnded(run.state) && <span className="mr-auto text-dim">Stopping …</span>}
      {children}
      {canCancel(run) && (
        <Button pending={cancel.isPending} onClick={() => cancel.mutate()}>
          {run.state === "running" || run.state === "verifying" ? "Stop" : "Cancel"}
        </Button>
      )}
      {(isEnded(run.state) || expired) && onAgain !== null && (
        <Button onClick={onAgain}>{run.state === "expired" || expired ? "Plan again …" : "Run again …"}</Button>
      )}
      {run.state === "planned" && !expired && !run.cancelRequested && <Confirmation run={run} confirm={confirm} />}
    </>
  );
}

function Confirmation({ run, confirm }: { readonly run: Run; readonly confirm: ReturnType<typeof useRun>["confirm"] }) {
  const [typed, setTyped] = useState("");
  const { plan } = run;
  if (plan === null) return null;
  const retype = careFor(run.risk) === "retype";
  const matches = !retype || typed.trim() === run.serviceName;
  const pending = confirm.isPending || confirm.isSuccess;
  return (
    <form
      className="flex flex-wrap items-center justify-end gap-2.5"
      onSubmit={(event) => {
        event.preventDefault();
        if (matches && !pending) confirm.mutate(plan.hash);
      }}
    >
      {retype && (
        <label className="flex items-center gap-2 text-dim">
          <span>
            Type <b className="text-text">{run.serviceName}</b> to confirm
          </span>
          <input
            type="text"
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            className={`${controlClass} max-w-40`}
          />
        </label>
      )}
      <Button
        type="submit"
        variant={retype ? "critical" : "primary"}
        pending={pending}
        blocked={matches ? null : `Type ${run.serviceName} first`}
      >
        {plan.title}
      </Button>
    </form>
  );
}
