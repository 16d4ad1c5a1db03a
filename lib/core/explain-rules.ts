import { judge, type Rule, type RuleOverride, type ThresholdRule } from "#lib/core/rule.ts";
import type { Severity } from "#lib/core/status.ts";
import { formatValue } from "#lib/core/unit.ts";

/** One rule as it judged the last sample. */
export interface RuleExplained {
  readonly id: string;
  readonly title: string;
  readonly help: string;
  /** Limits in words, `null` for a rule that has none. */
  readonly limits: string | null;
  /** Whether pitwall.yaml says other than the kind. */
  readonly overridden: boolean;
  readonly off: boolean;
  /** Its readings, worst first; a fact rule lists what it found. */
  readonly readings: readonly ReadingExplained[];
  /** Readings beyond those listed. */
  readonly more: number;
}

export interface ReadingExplained {
  readonly node: string | null;
  readonly subject: string | null;
  /** With its unit; `null` when it was not measured, or when there is no number. */
  readonly value: string | null;
  readonly verdict: Severity | "ok" | "not measured";
  /** What the finding says; `null` when there is none. */
  readonly message: string | null;
}

/** More than a reader compares. */
const maxReadings = 12;

/** Each rule of a kind with its numbers now, its limits and its verdicts: what was judged, not only what was found. Pure. */
export function explainRules<Detail>(
  detail: Detail,
  rules: readonly Rule<Detail>[],
  overrides: Readonly<Record<string, RuleOverride>>,
): RuleExplained[] {
  return rules.map((rule) => {
    const override = overrides[rule.id];
    const off = override === false;
    const all = off ? [] : rule.type === "threshold" ? measured(detail, rule, override) : found(detail, rule, override);
    const readings = all.toSorted((a, b) => rank[b.verdict] - rank[a.verdict]);
    return {
      id: rule.id,
      title: rule.title,
      help: rule.help,
      limits: rule.type === "threshold" ? limitsOf(rule, off ? undefined : override) : null,
      overridden: override !== undefined,
      off,
      readings: readings.slice(0, maxReadings),
      more: Math.max(0, readings.length - maxReadings),
    };
  });
}

const rank = { critical: 4, warning: 3, info: 2, ok: 1, "not measured": 0 } as const;

function measured<Detail>(
  detail: Detail,
  rule: ThresholdRule<Detail>,
  override: Exclude<RuleOverride, false> | undefined,
): ReadingExplained[] {
  return rule.read(detail).map((reading) => {
    const { value, node = null, subject = null } = reading;
    const missing = value === null || Number.isNaN(value);
    // The rule itself judges this one reading, so that nothing can be told here that was not judged so.
    const [finding] = judge(
      detail,
      [{ ...rule, read: () => [reading] }],
      override === undefined ? {} : { [rule.id]: override },
    );
    return {
      node,
      subject,
      value: missing ? null : formatValue(value, rule.unit),
      verdict: missing ? "not measured" : (finding?.severity ?? "ok"),
      message: finding?.message ?? null,
    };
  });
}

function found<Detail>(
  detail: Detail,
  rule: Rule<Detail>,
  override: Exclude<RuleOverride, false> | undefined,
): ReadingExplained[] {
  const findings = judge(detail, [rule], override === undefined ? {} : { [rule.id]: override });
  return findings.map(({ node = null, subject = null, severity, message }) => {
    return { node, subject, value: null, verdict: severity, message };
  });
}

function limitsOf<Detail>(
  rule: ThresholdRule<Detail>,
  override: Exclude<RuleOverride, false> | undefined,
): string | null {
  const words = (["warning", "critical"] as const).flatMap((severity) => {
    const own = override?.[severity];
    const limit = own === undefined ? rule[severity] : own;
    return limit === undefined || limit === null ? [] : [`${severity} ${formatValue(limit, rule.unit)}`];
  });
  return words.length === 0 ? null : `${words.join(", ")} or ${rule.raise === "above" ? "more" : "less"}`;
}
