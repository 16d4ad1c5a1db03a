import type { Severity } from "#lib/core/status.ts";

/** What `heal:` of a service says: on which confirmed finding which action is started without a person, and within which bounds. */
export interface HealRule {
  /** Rule of the kind whose finding it heals. A service has at most one heal rule for each, so it names this one, too. */
  readonly when: string;
  /** Milder findings are left to people. */
  readonly severity: Exclude<Severity, "info">;
  /** Only findings of these nodes; `null`: of all, and of the service as a whole. */
  readonly nodes: readonly string[] | null;
  readonly action: string;
  /** Beside those that the finding itself fills in. */
  readonly params: Readonly<Record<string, string>>;
  /** How long the finding must have stood without a break. */
  readonly afterMs: number;
  /** Heals of this rule, on all nodes together, within any hour and any day. */
  readonly budget: { readonly hour: number; readonly day: number };
  /** Percent of the pool that must be free of trouble; `null`: as usual, see `leastHealthy`. */
  readonly minHealthy: number | null;
  /** After anything was done to the service, what is seen of it counts for nothing this long. */
  readonly warmUpMs: number;
  /** Heals what only suffers from another service, too. */
  readonly evenIfCaused: boolean;
  /** `observe`: it only writes down what it would have done. */
  readonly mode: "act" | "observe";
}

/** So many polls in a row must have shown a finding, however seldom its service is polled. */
export const leastPolls = 3;

/** Percent of a pool of so many that must be well, where the rule says nothing: a pool of one can have no such share. */
export function leastHealthy({ minHealthy }: Pick<HealRule, "minHealthy">, poolSize: number): number {
  return minHealthy ?? (poolSize > 1 ? 51 : 0);
}

/** Key of the alarm, and of its finding, that a heal rule stopped itself. */
export function stoppedAlarm(when: string): string {
  return `heal:${when}`;
}

export function isStoppedAlarm(key: string | undefined): boolean {
  return key?.startsWith(stoppedAlarm("")) ?? false;
}

/** Whether a finding is an alarm of Pitwall's own, about a run or a rule: no run heals it. */
export function isOwnAlarm(subject: string | undefined): boolean {
  return isStoppedAlarm(subject) || (subject?.startsWith("run:") ?? false);
}

/** What came of an occasion to heal. `running` until its run has ended and what it was to heal is gone. */
export const healOutcomes = ["running", "healed", "did-not-help", "failed", "refused", "observed"] as const;
export type HealOutcome = (typeof healOutcomes)[number];

/** How a heal rule stands, in the poller's words. */
export interface HealStanding {
  /** `ready`: there is nothing to heal. `held`: there is, and it must not. */
  readonly kind: "ready" | "waiting" | "healing" | "held" | "stopped";
  readonly words: string;
  /** When it goes on, where that is known. */
  readonly until: number | null;
}
