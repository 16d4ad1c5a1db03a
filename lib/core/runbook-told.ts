import type { Aim } from "#lib/core/runbook-aim.ts";
import type { Answer, Answered, Evidence } from "#lib/core/runbook-answer.ts";
import type { Mark, SeenCheck } from "#lib/core/runbook-marks.ts";

/** Where a step stands: behind, the one to do now, to come, or on a way that is not gone. Exactly one is `here`. */
export type Place = "passed" | "here" | "ahead" | "folded";

export const stepKinds = ["check", "choose", "action", "manual", "record"] as const;
export type StepKind = (typeof stepKinds)[number];

/** One step as it stands now. */
export interface StepTold {
  /** Path from the top: `2.yes.1`. */
  readonly id: string;
  readonly kind: StepKind;
  readonly title: string;
  readonly say: string | null;
  readonly place: Place;
  readonly until: boolean;
  /** Of a check that was reached, and of the ways of a choice. */
  readonly answer: AnswerTold | null;
  readonly branches: readonly BranchTold[];
  /** What can be started there: of an action its aims, of a step by hand what its services could do about themselves. */
  readonly aims: readonly Aim[];
  /** Services that a step by hand is about. */
  readonly places: readonly { readonly serviceId: string; readonly name: string }[];
  readonly command: string | null;
  /** How it was done or passed by. */
  readonly done: WordTold | null;
  /** Runs that were started here, oldest first. */
  readonly runs: readonly string[];
}

export interface AnswerTold {
  readonly answer: Answer;
  readonly evidence: readonly Evidence[];
  /** Unknown only until the next poll. */
  readonly waiting: boolean;
  /** A person's word, where Pitwall does not know. */
  readonly by: WordTold | null;
  /** It was answered so when somebody went on from here; `now` is what it would be answered now. */
  readonly earlier: { readonly answer: Answer; readonly words: readonly string[]; readonly at: number } | null;
}

export interface BranchTold {
  readonly key: string;
  readonly title: string;
  readonly taken: boolean;
  /** Of a way of a choice: whether it fits. */
  readonly fits: Answered | null;
  readonly steps: readonly StepTold[];
}

export interface WordTold {
  readonly kind: Mark["kind"];
  readonly by: string;
  readonly at: number;
  readonly note: string | null;
}

/** How a run that was started here stands. */
export interface RunStanding {
  readonly ended: boolean;
  /** It did what it was to do, whether or not that helped. */
  readonly done: boolean;
  readonly finishedAt: number | null;
}

export interface Walk {
  readonly steps: readonly StepTold[];
  /** Id of the step to do now. */
  readonly here: string;
  /** What the checks on the way say, for the record. */
  readonly seen: readonly SeenCheck[];
}
