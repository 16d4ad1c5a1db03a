import { type HealOutcome, leastPolls } from "#lib/core/heal.ts";
import type { RunRow } from "#lib/store/runs.ts";
import { isEnded } from "#lib/wire/run.ts";

/** What the polls that came after the run say of what it was to heal. */
export interface Afterwards {
  /** By the last of them. */
  readonly says: "gone" | "stands" | "unseen";
  /** How many there were. */
  readonly polls: number;
}

export interface HealEnd {
  readonly outcome: Exclude<HealOutcome, "observed">;
  readonly words: string;
}

type EndedRun = Pick<RunRow, "state" | "verdict" | "steps" | "cancelRequested" | "finishedAt" | "left">;

/**
 * What came of a heal. The run's own proof is not enough: it is healed when a later poll no longer shows what stood, within
 * `patienceMs` of its end and so many polls: one that is late, as on a busy machine or after a sleep, is no word of the
 * service. A run that never came as far as a step changed nothing, and was turned down. Everything else is
 * a heal that failed, after which a person looks first.
 */
export function healEndOf(run: EndedRun, afterwards: Afterwards, patienceMs: number, now: number): HealEnd {
  const { state, finishedAt } = run;
  const words = run.verdict ?? state;
  if (!isEnded(state) || finishedAt === null) return { outcome: "running", words: "the run goes on" };
  if (!wasBegun(run) && state !== "succeeded" && !run.cancelRequested) return { outcome: "refused", words };
  if (state === "succeeded-not-fixed") return { outcome: "did-not-help", words };
  // The poller was told to stop while it proved what was done: the polls of the next one tell.
  const unproven = state === "cancelled-partial" && !run.cancelRequested && wasDone(run);
  if (state !== "succeeded" && !unproven) return { outcome: "failed", words };
  const { says, polls } = afterwards;
  if (says === "gone") return { outcome: "healed", words };
  const isEarly = polls < leastPolls || now - finishedAt < patienceMs;
  if (isEarly) return { outcome: "running", words: "waits to see it gone" };
  const how = says === "stands" ? "what it was to heal still stands" : "nothing was seen of it since";
  return { outcome: "did-not-help", words: `${words}; but ${how}` };
}

function wasBegun({ steps }: EndedRun): boolean {
  return steps.some(({ state }) => state !== "waiting" && state !== "skipped");
}

function wasDone({ steps, left }: EndedRun): boolean {
  return left.length === 0 && steps.length > 0 && steps.every(({ state }) => state === "done");
}
