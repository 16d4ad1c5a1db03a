"use client";

import { useViewer } from "#components/board/viewer.tsx";
import { RunApproval } from "#components/run/run-approval.tsx";
import { RunConfirmation } from "#components/run/run-confirmation.tsx";
import { RunSettlement } from "#components/run/run-settlement.tsx";
import { canCancel } from "#components/run/run-words.ts";
import type { RunHandles } from "#components/run/use-run.ts";
import { ProveDialog } from "#components/sign-in/prove-dialog.tsx";
import { Button } from "#components/ui/button.tsx";
import { formatDuration } from "#lib/core/duration.ts";
import { ProblemError } from "#lib/wire/request.ts";
import { isEnded, type Run } from "#lib/wire/run.ts";

/** What can be done with a run where it stands: confirm or approve its plan, stop it, undo it, settle it, or run it again. */
export function RunControls({
  run,
  now,
  handles,
  onAgain,
  onUndo,
  children,
}: {
  readonly run: Run;
  readonly now: number;
  readonly handles: RunHandles;
  /** Opens the same action with the same parameters once more. */
  readonly onAgain: (() => void) | null;
  /** Shows the run that undoes this one. */
  readonly onUndo: (runId: string) => void;
  /** Where it stands beside the controls: a link, a close button. */
  readonly children?: React.ReactNode;
}) {
  const { confirm, approve, settle, undo, cancel } = handles;
  const waits = run.plan !== null && (run.state === "planned" || run.state === "approving");
  const answer = confirm.error ?? approve.error;
  // Where only the answer got lost, the run itself says by now that it was heard.
  const heard = !waits && answer instanceof ProblemError && answer.problem.code === "no-answer";
  const problem = (heard ? null : answer) ?? settle.error ?? undo.error ?? cancel.error;
  const goodForMs = waits && run.plan !== null ? run.plan.expiresAt - now : 0;
  const expired = waits && goodForMs <= 0;
  const { undoableUntil = null } = run;
  const ended = isEnded(run.state);
  return (
    <>
      <ProveAgain handles={handles} />
      {problem !== null && !needsProof(problem) && (
        <p role="alert" className="basis-full text-crit">
          {problem.message}
        </p>
      )}
      {waits && !expired && (
        <span className="mr-auto text-faint">Good for {formatDuration(Math.max(1_000, goodForMs))}</span>
      )}
      {expired && <span className="mr-auto text-dim">The plan is too old to confirm: plan again.</span>}
      {run.cancelRequested && !ended && <span className="mr-auto text-dim">Stopping …</span>}
      {ended && (run.left ?? []).length > 0 && run.settled === null && <RunSettlement settle={settle} />}
      {children}
      {canCancel(run) && (
        <Button pending={cancel.isPending} onClick={() => cancel.mutate({})}>
          {run.state === "running" || run.state === "verifying" ? "Stop" : "Cancel"}
        </Button>
      )}
      {undoableUntil !== null && undoableUntil > now && (
        <Button
          pending={undo.isPending}
          title={`Puts back what it found; possible for ${formatDuration(undoableUntil - now)}`}
          onClick={() => undo.mutate({}, { onSuccess: (made) => onUndo(made.id) })}
        >
          Undo
        </Button>
      )}
      {(ended || expired) && onAgain !== null && (
        <Button onClick={onAgain}>{run.state === "expired" || expired ? "Plan again …" : "Run again …"}</Button>
      )}
      {run.state === "planned" && !expired && !run.cancelRequested && <RunConfirmation run={run} confirm={confirm} />}
      {run.state === "approving" && !expired && !run.cancelRequested && <RunApproval run={run} approve={approve} />}
    </>
  );
}

function needsProof(error: Error): boolean {
  return error instanceof ProblemError && error.problem.code === "reauthentication-needed";
}

/** What is of high risk asks for a fresh proof; with it, what was pressed goes on. */
function ProveAgain({ handles: { confirm, approve } }: { readonly handles: RunHandles }) {
  const wanting = [confirm, approve].find(({ error }) => error !== null && needsProof(error));
  const goOn = () => {
    if (confirm.variables !== undefined && wanting === confirm) confirm.mutate(confirm.variables);
    if (approve.variables !== undefined && wanting === approve) approve.mutate(approve.variables);
  };
  const viewer = useViewer();
  return (
    <ProveDialog
      open={wanting !== undefined}
      email={viewer?.email ?? null}
      ways={viewer?.proofs ?? null}
      onClose={() => wanting?.reset()}
      onProved={goOn}
    />
  );
}
