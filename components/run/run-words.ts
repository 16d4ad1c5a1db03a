import type { Mark } from "#components/ui/status-mark.tsx";
import { isEnded, type Run, type RunCheck, type RunState, type RunStep } from "#lib/wire/run.ts";

/** How a run stands, as a mark and a few words. The ends say what is known and nothing more. */
export const runStateWords: Readonly<Record<RunState, { readonly mark: Mark; readonly words: string }>> = {
  requested: { mark: "healing", words: "Waiting for the poller" },
  checking: { mark: "healing", words: "Checking" },
  planned: { mark: "info", words: "Waits for confirmation" },
  approving: { mark: "info", words: "Waits for a second person" },
  running: { mark: "healing", words: "Running" },
  verifying: { mark: "healing", words: "Proving it" },
  undoing: { mark: "healing", words: "Undoing" },
  succeeded: { mark: "ok", words: "Done and proven" },
  "succeeded-not-fixed": { mark: "warning", words: "Done, but the symptom is still there" },
  "failed-clean": { mark: "critical", words: "Failed; nothing was left changed" },
  "failed-partial": { mark: "critical", words: "Failed halfway" },
  unknown: { mark: "unknown", words: "Outcome unknown" },
  "cancelled-clean": { mark: "info", words: "Cancelled; nothing was left changed" },
  "cancelled-partial": { mark: "warning", words: "Cancelled halfway" },
  rehearsed: { mark: "info", words: "Dry run; nothing was changed" },
  expired: { mark: "info", words: "Not confirmed in time" },
  refused: { mark: "warning", words: "Refused; nothing was changed" },
};

/** A state as it stands in a mark of the board, where it is only text. */
export function stateWordsOf(state: string): { readonly mark: Mark; readonly words: string } {
  return state in runStateWords ? runStateWords[state as RunState] : { mark: "unknown", words: state };
}

export const checkMarks: Readonly<Record<RunCheck["verdict"], Mark>> = {
  pass: "ok",
  warn: "warning",
  block: "critical",
  unknown: "unknown",
};

export const stepMarks: Readonly<Record<RunStep["state"], Mark>> = {
  waiting: "unknown",
  running: "healing",
  done: "ok",
  failed: "critical",
  undone: "info",
  skipped: "info",
};

/** Whether stopping it is still possible. */
export function canCancel(run: Pick<Run, "state" | "cancelRequested">): boolean {
  return !isEnded(run.state) && !run.cancelRequested;
}

/** What the check column is called: it tells how fresh the evidence is. */
export function checksTitle(run: Pick<Run, "state" | "checks">, now: number): string {
  if (run.state === "requested" || run.state === "checking") return "Checking now";
  const last = run.checks.reduce((latest, check) => Math.max(latest, check.at), 0);
  return now - last < 60_000 ? "Checked just now" : "Checked before it ran";
}
