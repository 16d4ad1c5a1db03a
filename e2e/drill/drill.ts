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
  /** A line about how far it is. */
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

/** One drill: what it measures, and what it has to reach to pass. */
export interface DrillPlan {
  /** Id of the action it tries out. */
  readonly action: string;
  readonly about: string;
  readonly run: (parts: DrillParts) => Promise<DrillReport>;
  readonly passes: (report: DrillReport) => boolean;
}

export function isWell(verdict: string): boolean {
  return verdict.startsWith("succeeded");
}
