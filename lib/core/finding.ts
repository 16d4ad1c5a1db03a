import type { Severity } from "#lib/core/status.ts";

/** One judged fact of a sample: what, where, how bad, by which number against which limit, and what would help. */
export interface Finding {
  /** Id of the rule that judged it; together with `node` and `subject` it identifies the finding over time. */
  readonly rule: string;
  readonly severity: Severity;
  /** Member of the service, as its own configuration names it: `web-02`. Absent when it is the service as a whole. */
  readonly node?: string;
  /** What inside the node, where one node has many: `learn` (a backend), `/search` (a path), `slot_b`. */
  readonly subject?: string;
  /** A whole sentence part with number and limit: `web-01: 21 requests queued (limit 10)`. */
  readonly message: string;
  /** The same as a predicate of the service, for the board's sentence: `does not answer`, `has 3 of 3 servers out of rotation`. */
  readonly clause?: string;
  readonly value?: number;
  readonly limit?: number;
  /** The action of the same kind that would help, with the parameters to fill in. */
  readonly action?: SuggestedAction;
  /** It starts here: no dependency explains it (a program that is not running, a certificate that ran out). */
  readonly selfMade?: true;
  /**
   * It stays here: by itself it hurts nothing that depends on the service (a failing archiver). `"node"`: nothing but what uses
   * that very node, as a balancer does that sends requests to a replica.
   */
  readonly contained?: true | "node";
  /** The service that this finding itself points at as its cause, e.g. a health page that names its failing dependency. */
  readonly pointsAt?: string;
}

export interface SuggestedAction {
  readonly id: string;
  readonly params: Readonly<Record<string, string>>;
}

/** Identity of a finding over time: the same rule about the same thing. */
export function findingKey(finding: Pick<Finding, "rule" | "node" | "subject">): string {
  return [finding.rule, finding.node ?? "", finding.subject ?? ""].join("|");
}
