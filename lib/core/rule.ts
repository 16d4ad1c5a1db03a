import type { Finding, SuggestedAction } from "#lib/core/finding.ts";
import type { Severity } from "#lib/core/status.ts";
import { formatValue, type Unit } from "#lib/core/unit.ts";

/** One number a threshold rule looks at. A value of `null` means "not measured" and is never judged: missing is not zero. */
export interface Reading {
  readonly node?: string;
  readonly subject?: string;
  readonly value: number | null;
  /** The words around the number; `number` arrives formatted with its unit: `(n) => \`${n} requests queued\``. */
  readonly say: (number: string) => string;
  /** As a predicate of the service, for the board's sentence; see `Finding.clause`. */
  readonly clause?: (number: string) => string;
  readonly action?: SuggestedAction;
  /** Lowers the worst severity this reading may reach, e.g. for a replica that is a spare. */
  readonly atMost?: Severity;
}

/** A fact that is trouble by itself, without a number to compare. */
export interface Fact {
  readonly node?: string;
  readonly subject?: string;
  /** Without the node, which is put in front: `receiver is not streaming`. */
  readonly message: string;
  /** As a predicate of the service, for the board's sentence; see `Finding.clause`. */
  readonly clause?: string;
  /** Overrides the rule's severity for this one fact. */
  readonly severity?: Severity;
  readonly value?: number;
  readonly limit?: number;
  readonly action?: SuggestedAction;
  readonly pointsAt?: string;
}

/** Where a rule's trouble comes from and goes to; see `Finding.selfMade` and `Finding.contained`. */
interface Spread {
  readonly selfMade?: true;
  readonly contained?: true;
}

/** Limits by number. `raise: "above"` raises at `value >= limit`, `"below"` at `value <= limit`. */
export interface ThresholdRule<Detail> extends Spread {
  readonly type: "threshold";
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  readonly raise: "above" | "below";
  /** Default limits in `unit`; either may be absent. */
  readonly warning?: number;
  readonly critical?: number;
  /** One sentence for the documentation: what it means and why these limits. */
  readonly help: string;
  readonly read: (detail: Detail) => readonly Reading[];
}

export interface FactRule<Detail> extends Spread {
  readonly type: "fact";
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly help: string;
  readonly find: (detail: Detail) => readonly Fact[];
}

export type Rule<Detail> = ThresholdRule<Detail> | FactRule<Detail>;

/** What `rules:` in pitwall.yaml may say of one rule: off, another severity, or other limits. */
export type RuleOverride =
  | false
  | {
      readonly severity?: Severity | undefined;
      readonly warning?: number | null | undefined;
      readonly critical?: number | null | undefined;
    };

/** Judges one sample by all rules of its kind. Pure; the order of the result is worst first, then by rule. */
export function judge<Detail>(
  detail: Detail,
  rules: readonly Rule<Detail>[],
  overrides: Readonly<Record<string, RuleOverride>> = {},
): Finding[] {
  const findings = rules.flatMap((rule) => {
    const override = overrides[rule.id];
    if (override === false) return [];
    return rule.type === "threshold" ? judgeThreshold(detail, rule, override) : judgeFact(detail, rule, override);
  });
  return findings.sort((a, b) => rank[b.severity] - rank[a.severity]);
}

const rank: Record<Severity, number> = { info: 0, warning: 1, critical: 2 };

function judgeThreshold<Detail>(
  detail: Detail,
  rule: ThresholdRule<Detail>,
  override: Exclude<RuleOverride, false> | undefined,
): Finding[] {
  const limits = {
    critical: override?.critical === undefined ? rule.critical : (override.critical ?? undefined),
    warning: override?.warning === undefined ? rule.warning : (override.warning ?? undefined),
  };
  return rule.read(detail).flatMap((reading) => {
    const { value } = reading;
    if (value === null || Number.isNaN(value)) return [];
    const passes = (limit: number | undefined) =>
      limit !== undefined && (rule.raise === "above" ? value >= limit : value <= limit);
    const reached = passes(limits.critical) ? "critical" : passes(limits.warning) ? "warning" : undefined;
    if (reached === undefined) return [];
    const limit = limits[reached] as number;
    const severity = override?.severity ?? capped(reached, reading.atMost);
    const words = `${reading.say(formatValue(value, rule.unit))} (limit ${formatValue(limit, rule.unit)})`;
    const clause = reading.clause?.(formatValue(value, rule.unit));
    return [{ ...base(rule, severity, reading, words), ...(clause === undefined ? {} : { clause }), value, limit }];
  });
}

function judgeFact<Detail>(
  detail: Detail,
  rule: FactRule<Detail>,
  override: Exclude<RuleOverride, false> | undefined,
): Finding[] {
  return rule.find(detail).map((fact) => ({
    ...base(rule, override?.severity ?? fact.severity ?? rule.severity, fact, fact.message),
    ...(fact.clause === undefined ? {} : { clause: fact.clause }),
    ...(fact.value === undefined ? {} : { value: fact.value }),
    ...(fact.limit === undefined ? {} : { limit: fact.limit }),
    ...(fact.pointsAt === undefined ? {} : { pointsAt: fact.pointsAt }),
  }));
}

function base(
  rule: { readonly id: string } & Spread,
  severity: Severity,
  about: Reading | Fact,
  words: string,
): Finding {
  return {
    rule: rule.id,
    severity,
    ...(about.node === undefined ? {} : { node: about.node }),
    ...(about.subject === undefined ? {} : { subject: about.subject }),
    message: about.node === undefined ? words : `${about.node}: ${words}`,
    ...(rule.selfMade === undefined ? {} : { selfMade: rule.selfMade }),
    ...(rule.contained === undefined ? {} : { contained: rule.contained }),
    ...(about.action === undefined ? {} : { action: about.action }),
  };
}

function capped(severity: Severity, atMost: Severity | undefined): Severity {
  return atMost !== undefined && rank[severity] > rank[atMost] ? atMost : severity;
}
