import { formatDuration } from "#lib/core/duration.ts";
import { type Finding, findingKey, type SuggestedAction } from "#lib/core/finding.ts";
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
  readonly contained?: true | "node";
  /**
   * What it finds says that part of the service is not seen: then other rules that found nothing prove nothing. `true`: all of
   * them; else those of these ids.
   */
  readonly blinds?: true | readonly string[];
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

/** What `rules:` in pitwall.yaml may say of one rule: off, another severity, other limits, and when they clear or count. */
export type RuleOverride =
  | false
  | {
      readonly severity?: Severity | undefined;
      readonly warning?: number | null | undefined;
      readonly critical?: number | null | undefined;
      /** Once raised, it clears only here; a number is for the mildest limit. Without it: as soon as the limit is left. */
      readonly clear?: number | Partial<Readonly<Record<Level, number | undefined>>> | undefined;
      /** Milliseconds it must hold without a break before it is raised. */
      readonly for?: number | undefined;
    };

type Level = "warning" | "critical";

/**
 * What a rule with `clear` or `for` needs to know of the samples before, by finding and level: since when it holds, and
 * whether it was raised. Plain JSON; empty for all other rules.
 */
export type RuleMemory = Readonly<Record<string, { readonly since: number; readonly raised: boolean }>>;

export interface Judgement {
  /** Worst first, then by rule. */
  readonly findings: Finding[];
  readonly memory: RuleMemory;
}

/** Judges one sample by all rules of its kind, and by nothing but it: limits that need time to count are not reached. Pure. */
export function judge<Detail>(
  detail: Detail,
  rules: readonly Rule<Detail>[],
  overrides: Readonly<Record<string, RuleOverride>> = {},
): Finding[] {
  return judgeNext(detail, rules, overrides, {}, 0).findings;
}

/** The same, knowing what the samples before left in memory. `now` is the sample's time in epoch milliseconds. Pure. */
export function judgeNext<Detail>(
  detail: Detail,
  rules: readonly Rule<Detail>[],
  overrides: Readonly<Record<string, RuleOverride>>,
  before: RuleMemory,
  now: number,
): Judgement {
  const memory: Record<string, RuleMemory[string]> = {};
  const findings = rules.flatMap((rule) => {
    const override = overrides[rule.id];
    if (override === false) return [];
    const patience = { before, memory, now, forMs: override?.for ?? 0 };
    return rule.type === "threshold"
      ? judgeThreshold(detail, rule, override, patience)
      : judgeFact(detail, rule, override, patience);
  });
  return { findings: findings.sort((a, b) => rank[b.severity] - rank[a.severity]), memory };
}

/** After a time that nobody measured: what was raised stays so until it clears, what only held begins anew. */
export function forgetPending(memory: RuleMemory): RuleMemory {
  return Object.fromEntries(Object.entries(memory).filter(([, held]) => held.raised));
}

const rank: Record<Severity, number> = { info: 0, warning: 1, critical: 2 };

interface Patience {
  readonly before: RuleMemory;
  /** What the next sample will need is written here. */
  readonly memory: Record<string, RuleMemory[string]>;
  readonly now: number;
  readonly forMs: number;
}

type Given = Exclude<RuleOverride, false> | undefined;

function judgeThreshold<Detail>(
  detail: Detail,
  rule: ThresholdRule<Detail>,
  override: Given,
  patience: Patience,
): Finding[] {
  const limits = knownLimits(rule, override);
  const remembers = patience.forMs > 0 || override?.clear !== undefined;
  return rule.read(detail).flatMap((reading) => {
    const { value } = reading;
    // Most rules remember nothing, and then nothing need be told apart.
    const key = remembers ? findingKey({ ...reading, rule: rule.id }) : "";
    if (value === null || Number.isNaN(value)) {
      if (remembers) for (const { level } of limits) keepRaised(`${key}|${level}`, patience);
      return [];
    }
    const reached = limits.filter(({ level, raiseAt, clearAt }) => {
      const passes = rule.raise === "above" ? value >= raiseAt : value <= raiseAt;
      if (!remembers) return passes;
      const uncleared = rule.raise === "above" ? value > clearAt : value < clearAt;
      return lasts(`${key}|${level}`, passes, uncleared, patience);
    });
    const worst = reached[0];
    if (worst === undefined) return [];
    const severity = override?.severity ?? capped(worst.level, reading.atMost);
    const number = formatValue(value, rule.unit);
    const words = `${reading.say(number)} (${limitWords(rule, worst, value, patience.forMs)})`;
    const clause = reading.clause?.(number);
    const limit = worst.raiseAt;
    return [{ ...base(rule, severity, reading, words), ...(clause === undefined ? {} : { clause }), value, limit }];
  });
}

interface Limit {
  readonly level: Level;
  readonly raiseAt: number;
  readonly clearAt: number;
}

const limitsInForce = new WeakMap<object, WeakMap<object, readonly Limit[]>>();

/** The limits in force, critical first; found once for each rule and what overrides it, which never change. */
function knownLimits<Detail>(rule: ThresholdRule<Detail>, override: Given): readonly Limit[] {
  const ofRule = limitsInForce.get(rule) ?? new WeakMap<object, readonly Limit[]>();
  const known = ofRule.get(override ?? rule) ?? limitsOf(rule, override);
  limitsInForce.set(rule, ofRule.set(override ?? rule, known));
  return known;
}

function limitsOf<Detail>(rule: ThresholdRule<Detail>, override: Given): Limit[] {
  const given = {
    critical: override?.critical === undefined ? rule.critical : (override.critical ?? undefined),
    warning: override?.warning === undefined ? rule.warning : (override.warning ?? undefined),
  };
  const mildest = given.warning === undefined ? "critical" : "warning";
  const clear = typeof override?.clear === "number" ? { [mildest]: override.clear } : override?.clear;
  return (["critical", "warning"] as const).flatMap((level) => {
    const raiseAt = given[level];
    return raiseAt === undefined ? [] : [{ level, raiseAt, clearAt: clear?.[level] ?? raiseAt }];
  });
}

/** `limit 10`; `limit 10 for 5 min`; `limit 10, clears at 8` while only that keeps it raised. */
function limitWords<Detail>(rule: ThresholdRule<Detail>, limit: Limit, value: number, forMs: number): string {
  const beyond = rule.raise === "above" ? value >= limit.raiseAt : value <= limit.raiseAt;
  const lasting = forMs > 0 ? ` for ${formatDuration(forMs)}` : "";
  const clears = beyond ? "" : `, clears at ${formatValue(limit.clearAt, rule.unit)}`;
  return `limit ${formatValue(limit.raiseAt, rule.unit)}${lasting}${clears}`;
}

/** Whether something counts now: it has held long enough, or was raised and has not cleared. Remembers what it finds. */
function lasts(key: string, holds: boolean, uncleared: boolean, { before, memory, now, forMs }: Patience): boolean {
  const known = Object.hasOwn(before, key) ? before[key] : undefined;
  const wasRaised = known?.raised === true;
  if (!holds && !(wasRaised && uncleared)) return false;
  const since = known?.since ?? now;
  const raised = wasRaised || now - since >= forMs;
  memory[key] = { since, raised };
  return raised;
}

/** Not measured: neither does it clear, nor does it go on holding. */
function keepRaised(key: string, { before, memory }: Patience): void {
  const known = Object.hasOwn(before, key) ? before[key] : undefined;
  if (known?.raised === true) memory[key] = known;
}

function judgeFact<Detail>(detail: Detail, rule: FactRule<Detail>, override: Given, patience: Patience): Finding[] {
  return rule.find(detail).flatMap((fact) => {
    const lasting =
      patience.forMs === 0 || lasts(`${findingKey({ ...fact, rule: rule.id })}|fact`, true, true, patience);
    if (!lasting) return [];
    return [
      {
        ...base(rule, override?.severity ?? fact.severity ?? rule.severity, fact, fact.message),
        ...(fact.clause === undefined ? {} : { clause: fact.clause }),
        ...(fact.value === undefined ? {} : { value: fact.value }),
        ...(fact.limit === undefined ? {} : { limit: fact.limit }),
        ...(fact.pointsAt === undefined ? {} : { pointsAt: fact.pointsAt }),
      },
    ];
  });
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
