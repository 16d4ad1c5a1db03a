/** What a drill measured. */
export interface DrillReport {
  readonly drill: string;
  readonly times: number;
  /** Commits, or requests, that were answered with yes. */
  readonly acknowledged: number;
  /** Of these, those that were not there afterwards. */
  readonly lost: number;
  /** Longest time without one. */
  readonly maxGapMs: number;
  readonly failedRequests: number;
  /** One word for each time, and why where it is not well. */
  readonly verdicts: readonly string[];
}

export interface DrillParts {
  readonly times: number;
  /** Of a drill of many parts, like the actions or steps at which Pitwall is killed, this one and those after it. */
  readonly from?: string | undefined;
  /** And none after this one. */
  readonly to?: string | undefined;
  /** A line about how far it is. */
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

/** One drill: what it measures, and what it has to reach to pass. */
export interface DrillPlan {
  /** Id of the action it tries out. */
  readonly action: string;
  readonly about: string;
  /** What it consists of, in order, when a part of it can be had alone. */
  readonly parts?: readonly string[];
  readonly run: (parts: DrillParts) => Promise<DrillReport>;
  readonly passes: (report: DrillReport) => boolean;
}

/** Those that were asked for. */
export function chosenParts(all: readonly string[], { from, to }: Pick<DrillParts, "from" | "to">): readonly string[] {
  return all.slice(from === undefined ? 0 : all.indexOf(from), to === undefined ? undefined : all.indexOf(to) + 1);
}

export function isWell(verdict: string): boolean {
  return verdict.startsWith("succeeded");
}
