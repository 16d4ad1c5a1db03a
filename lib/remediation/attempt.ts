import { formatDuration } from "#lib/core/duration.ts";
import { type Failure, failure } from "#lib/core/failure.ts";
import { err, type Result } from "#lib/core/result.ts";
import type { ActionContext, Step } from "#lib/integrations/integration.ts";
import { changeGraceMs, runBounded } from "#lib/remediation/bounded.ts";
import type { Execution } from "#lib/remediation/execution.ts";
import { LostHold } from "#lib/store/locks.ts";

/** How often what a step prints is brought to its readers. */
const streamEveryMs = 200;

/**
 * Does one part of a step within its deadline, and streams what it prints. `left`: it did not end when it was told to. An
 * engine that learns meanwhile that it lost the run stops the part at once.
 */
export async function attempt<T>(
  { journal, contextFor }: Pick<Execution, "journal" | "contextFor">,
  work: (context: ActionContext) => Promise<Result<T, Failure>>,
  step: Pick<Step, "id" | "on" | "timeoutMs">,
  cancel: AbortSignal,
): Promise<{ readonly result: Result<T, Failure>; readonly left: boolean }> {
  const lost = new AbortController();
  // Lines that cannot be written now wait for the next commit; the one after the step tells of lasting trouble.
  const stream = () =>
    journal.commit().catch((error: unknown) => {
      if (error instanceof LostHold) lost.abort(new DOMException("because another poller took over", "AbortError"));
    });
  const streaming = setInterval(() => void stream(), streamEveryMs);
  try {
    const signal = AbortSignal.any([cancel, lost.signal]);
    const outcome = await runBounded((within) => work(contextFor(within, step)), step.timeoutMs, signal, changeGraceMs);
    journal.endOutput();
    return { result: resultOf(outcome, step.timeoutMs), left: outcome.kind === "left-behind" };
  } finally {
    clearInterval(streaming);
  }
}

function resultOf<T>(
  outcome: Awaited<ReturnType<typeof runBounded<Result<T, Failure>>>>,
  timeoutMs: number,
): Result<T, Failure> {
  const late = failure("timeout", `did not end within ${formatDuration(timeoutMs)}`);
  const stopped = failure("aborted", "stopped before it ended");
  switch (outcome.kind) {
    case "ended": {
      const { value, cut } = outcome;
      // A call that was cut off by the deadline says `aborted`; to a reader it is a timeout. What it knows of its end stays.
      const cutOff = !value.ok && value.error.kind === "aborted" && cut === "deadline";
      return cutOff ? err({ ...value.error, ...late }) : value;
    }
    case "threw": {
      if (outcome.cut !== null) return err(outcome.cut === "cancelled" ? stopped : late);
      const name = outcome.bug instanceof Error ? outcome.bug.name : typeof outcome.bug;
      return err(failure("internal", `the step itself failed with ${name}`));
    }
    case "left-behind": {
      const why = outcome.reason === "cancelled" ? "did not stop when it was cancelled" : late.what;
      return err(failure("timeout", `${why}; it may still run`));
    }
    default:
      return outcome satisfies never;
  }
}
