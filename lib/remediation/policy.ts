import type { FailureKind } from "#lib/core/failure.ts";
import type { Risk } from "#lib/integrations/integration.ts";
import type { RunRow } from "#lib/store/runs.ts";
import type { RunCheck, RunState, RunStep } from "#lib/wire/run.ts";

/** What a check saw is good for this long; before the first step it is seen again. */
export const evidenceFreshMs = 5_000;
/** A request that no poller took for this long is not carried out any more: nobody expects it now. */
export const requestLifetimeMs = 60_000;

/** The checks that forbid to go on. What could not be seen forbids everything that can hurt. */
export function blockers(checks: readonly RunCheck[], risk: Risk): RunCheck[] {
  return checks.filter((check) => check.verdict === "block" || (check.verdict === "unknown" && risk !== "none"));
}

/** One sentence that lists every reason. */
export function refusalOf(blocking: readonly RunCheck[]): string {
  const reasons = blocking.map((check) => `${check.title}: ${check.evidence}`);
  return `Refused, nothing was changed. ${reasons.join("; ")}`;
}

export function isFresh(checks: readonly RunCheck[], now: number): boolean {
  return checks.length > 0 && checks.every((check) => now - check.at <= evidenceFreshMs);
}

/** The step to do next; `null` when all are done. A step that was ever begun is never done again. */
export function nextStep(steps: readonly RunStep[]): number | null {
  const at = steps.findIndex((step) => step.state !== "done");
  return at >= 0 && steps[at]?.state === "waiting" ? at : null;
}

/** What a failed step left behind, as far as its failure tells. */
export type Aftermath = "untouched" | "ended" | "may-still-run";

/** Failures that come before the target did anything, those of a target that answered, and those that leave it open. */
export function aftermathOf(kind: FailureKind): Aftermath {
  switch (kind) {
    case "timeout":
    case "stalled":
    case "reset":
    case "aborted":
    case "internal":
    case "cannot-see":
      return "may-still-run";
    case "command-failed":
    case "malformed":
    case "too-large":
    case "bad-encoding":
    case "wrong-content-type":
    case "redirect-loop":
      return "ended";
    case "refused":
    case "unreachable":
    case "name-not-found":
    case "not-http":
    case "tls":
    case "unauthorized":
    case "forbidden":
    case "missing-grant":
    case "too-many-connections":
    case "starting-up":
    case "unsupported-version":
    case "host-key-unknown":
    case "host-key-changed":
    case "sudo-required":
    case "command-not-found":
    case "not-running":
    case "ambiguous-instance":
    case "no-such-object":
    case "bastion-failed":
    case "secret-missing":
    case "not-allowed":
      return "untouched";
    default:
      return kind satisfies never;
  }
}

/** Where a run ends that did not do all its steps. `left` are the steps whose effect still stands. */
export function endOfBroken(
  why: "failed" | "cancelled",
  aftermath: Aftermath,
  left: readonly RunStep[],
  brokenUndone: boolean,
): RunState {
  const partial = left.length > 0 || (aftermath !== "untouched" && !brokenUndone);
  if (why === "cancelled") return partial ? "cancelled-partial" : "cancelled-clean";
  if (aftermath === "may-still-run" && !brokenUndone) return "unknown";
  return partial ? "failed-partial" : "failed-clean";
}

/**
 * What becomes of a run whose poller died. Nothing is asked and nothing is repeated: a step that was about to run may have
 * had its effect or not, and only a person can look. `null` for a run that may go on or waits.
 */
export function recoveryOf(
  run: Pick<RunRow, "state" | "steps">,
): { readonly state: RunState; readonly verdict: string } | null {
  const begun = run.steps.find((step) => step.state === "running");
  const touched = run.steps.some((step) => step.state !== "waiting" && step.state !== "skipped");
  const end = (state: RunState, verdict: string) => ({ state, verdict });
  switch (run.state) {
    case "checking":
      return end("failed-clean", "The poller stopped during the checks; nothing was changed");
    case "running":
      if (!touched) return end("failed-clean", "The poller stopped before the first step; nothing was changed");
      if (begun !== undefined) {
        return end(
          "unknown",
          `The poller stopped while this step ran: ${begun.title}. It may have taken effect or not`,
        );
      }
      return end("unknown", `The poller stopped between steps, after: ${lastDone(run.steps)}. The rest was not done`);
    case "undoing":
      return end("unknown", "The poller stopped while it undid the steps. Some of them may still stand");
    case "verifying":
      return end("unknown", "All steps were done, but the poller stopped before it could prove that they helped");
    default:
      return null;
  }
}

function lastDone(steps: readonly RunStep[]): string {
  return steps.findLast((step) => step.state === "done")?.title ?? "none";
}
