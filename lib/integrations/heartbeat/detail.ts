/** What one poll of a `heartbeat` service knows of its job. Times are epoch milliseconds of Pitwall's clock. */
export interface HeartbeatDetail {
  /** `every 1 d`, `15 2 * * * Europe/Berlin`. */
  readonly schedule: string;
  /** For telling times to people; `null` where the schedule has none. */
  readonly timeZone: string | null;
  readonly graceMs: number;
  /** The machine it runs on, as configured. */
  readonly host: string | null;
  readonly standing: Standing;
  /** Oldest first, the last ones only. */
  readonly runs: readonly JobRun[];
  /** What is waited for, or comes next; `null` when nothing ever does. */
  readonly dueAt: number | null;
  readonly lastSuccessAt: number | null;
  /** Address that the last report came from. */
  readonly from: string | null;
  /** The end of what the last ended run printed, if it sent that. */
  readonly printed: string | null;
}

/**
 * Whether it is heard of when it should be. `in-time`: nothing is overdue. `unheard`: it never reported, and need not have yet.
 * `unsure`: it was due while nobody listened or nobody expected it, so its silence says nothing. `late`, `missed`: it was due
 * and was not heard of, for `byMs` now.
 */
export type Standing =
  | { readonly is: "in-time" }
  | { readonly is: "unheard" }
  | { readonly is: "unsure"; readonly dueAt: number; readonly why: "deaf" | "new" }
  | { readonly is: "late"; readonly dueAt: number; readonly byMs: number }
  | { readonly is: "missed"; readonly dueAt: number; readonly byMs: number; readonly times: number };

/** `never-ended`: it began, and a later run began or its time was up twice over before it ended. */
export type RunOutcome = "running" | "too-long" | "succeeded" | "failed" | "never-ended";

export interface JobRun {
  /** Number of the report that told of it first. */
  readonly id: number;
  /** The job's own name for it. */
  readonly run: string | null;
  /** `null`: it reported its end only. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly outcome: RunOutcome;
  readonly exitCode: number | null;
  /** As it said, or from its start to its end; of one that runs, so far. `null`: not known. */
  readonly durationMs: number | null;
  /** Of one that runs: how long it may. */
  readonly limitMs: number | null;
  readonly message: string | null;
  readonly from: string | null;
}
