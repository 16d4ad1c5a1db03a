import type { Answer } from "#lib/core/runbook-answer.ts";

/** What somebody did at a step while he followed a runbook. Append-only: the newest word on a step counts. */
export const markKinds = [
  "joined",
  "left",
  "ran",
  "ticked",
  "skipped",
  "answered",
  "chose",
  "back",
  "finished",
] as const;
export type MarkKind = (typeof markKinds)[number];

export interface Mark {
  readonly id: number;
  readonly at: number;
  readonly kind: MarkKind;
  readonly by: string;
  /** `null` where it is about the runbook as a whole. */
  readonly step: string | null;
  readonly note: string | null;
  /** Of `answered`: yes or no. Of `chose`: the key of the way. */
  readonly word: string | null;
  readonly runId: string | null;
  /** What the checks up to there said at that moment. */
  readonly seen: readonly SeenCheck[];
  /** What the trouble began at then. */
  readonly rootId: string | null;
}

export interface SeenCheck {
  readonly step: string;
  readonly title: string;
  readonly answer: Answer;
  readonly words: readonly string[];
}

/** What counts of the marks: those that nobody took back. */
export interface Standing {
  /** The last word on each step: ticked, skipped, answered or chosen. */
  readonly word: ReadonlyMap<string, Mark>;
  /** Runs that were started at each step, oldest first. */
  readonly runs: ReadonlyMap<string, readonly Mark[]>;
  /** All that count, oldest first. */
  readonly marks: readonly Mark[];
  readonly rootId: string | null;
}

/** `back` at a step takes back what stands there and inside its branches. Pure. */
export function standingOf(marks: readonly Mark[]): Standing {
  let counting: Mark[] = [];
  for (const mark of marks) {
    const { step } = mark;
    if (mark.kind === "back" && step !== null) {
      counting = counting.filter((each) => each.step === null || (each.step !== step && !isWithin(each.step, step)));
    } else if (step !== null) counting.push(mark);
  }
  const word = new Map<string, Mark>();
  const runs = new Map<string, Mark[]>();
  for (const mark of counting) {
    if (mark.step === null) continue;
    if (mark.kind === "ran") runs.set(mark.step, [...(runs.get(mark.step) ?? []), mark]);
    else word.set(mark.step, mark);
  }
  return { word, runs, marks: counting, rootId: marks.findLast(({ rootId }) => rootId !== null)?.rootId ?? null };
}

/** Whether a step lies inside a branch of another: ids are paths. */
export function isWithin(step: string, outer: string): boolean {
  return step.startsWith(`${outer}.`);
}

/** The branch that somebody worked in last below this step, and what the step's check said then. */
export function workedIn(step: string, marks: readonly Mark[]): { readonly key: string; readonly mark: Mark } | null {
  const mark = marks.findLast((each) => each.step !== null && isWithin(each.step, step));
  const key = mark?.step?.slice(step.length + 1).split(".")[0];
  if (mark === undefined || key === undefined) return null;
  return { key, mark: marks.find((each) => each.step !== null && isWithin(each.step, `${step}.${key}`)) ?? mark };
}

/** Who follows it now, by the first time he joined. */
export function followersOf(marks: readonly Mark[]): { readonly name: string; readonly since: number }[] {
  const following = new Map<string, number>();
  for (const { kind, by, at } of marks) {
    if (kind === "left") following.delete(by);
    else if (!following.has(by)) following.set(by, at);
  }
  return [...following].map(([name, since]) => ({ name, since }));
}
