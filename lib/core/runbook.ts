import type { Severity, Status } from "#lib/core/status.ts";

/** An ordered, branching list of checks and actions for one symptom. Plain JSON: it is configured, stored and sent. */
export interface Runbook {
  /** Kebab-case, unique among those of one kind: `queue-grows`. */
  readonly id: string;
  /** The symptom in a few words, as one says it to a colleague: `Passenger queue grows`. */
  readonly title: string;
  /** What users and the board show then, and what this leads to; one or two sentences. */
  readonly symptom: string;
  /** Ids of the rules whose findings offer it. */
  readonly when: readonly string[];
  readonly steps: readonly RunbookStep[];
}

/**
 * One step, told apart by its first word. Texts may hold `{service}` and `{root}`, the name of what the trouble begins at.
 */
export type RunbookStep = CheckStep | ChooseStep | ActionStep | ManualStep | RecordStep;

/** Asks something of the board and goes on in the branch that answers it; then behind the branches. */
export interface CheckStep {
  /** The question: `Do statements run too long?` */
  readonly check: string;
  readonly if: Condition;
  readonly say?: string | undefined;
  /** Stays here until the answer is yes. */
  readonly until?: true | undefined;
  readonly yes?: readonly RunbookStep[] | undefined;
  readonly no?: readonly RunbookStep[] | undefined;
  /** What to do first when nobody knows. Then a person answers. */
  readonly unknown?: readonly RunbookStep[] | undefined;
}

/** Several ways: the first whose condition holds while those before it do not; where that is not known, a person chooses. */
export interface ChooseStep {
  readonly choose: string;
  readonly say?: string | undefined;
  readonly options: readonly ChooseOption[];
}

export interface ChooseOption {
  readonly option: string;
  /** Without one it is the way when none of those before it is. */
  readonly if?: Condition | undefined;
  readonly steps: readonly RunbookStep[];
}

/** Offers actions with their parameters filled in. A person starts them, by the same plan as everywhere else. */
export interface ActionStep {
  /** Id of the action, or of several of which one will do. */
  readonly action: string | readonly string[];
  readonly on?: Where | undefined;
  /** Rules whose findings say what to aim at; without them, all findings do. */
  readonly for?: readonly string[] | undefined;
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly say?: string | undefined;
}

/** Something a person does by hand and ticks off. */
export interface ManualStep {
  readonly manual: string;
  /** To copy; Pitwall never runs it. */
  readonly command?: string | undefined;
  readonly on?: Where | undefined;
  readonly say?: string | undefined;
}

/** The end: what was found and done is written into the incident. */
export interface RecordStep {
  readonly record: string;
}

/** Which services a step or a condition is about; without a word, the one that the runbook was opened for. */
export const wheres = ["self", "root", "dependencies", "dependents"] as const;
export type Where = (typeof wheres)[number] | { readonly service: string };

/** A question to the state of the board. Every answer is yes, no or unknown; unknown never counts as no. */
export type Condition =
  | FindingCondition
  | MetricCondition
  | StatusCondition
  | CauseCondition
  | OfferedCondition
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition };

/** Whether a rule found something. */
export interface FindingCondition {
  readonly finding: string | readonly string[];
  readonly on?: Where | undefined;
  readonly atLeast?: Severity | undefined;
}

/** Whether any value that the last poll measured is above or below a number. */
export interface MetricCondition {
  readonly metric: string;
  readonly on?: Where | undefined;
  readonly node?: string | undefined;
  readonly above?: number | undefined;
  readonly below?: number | undefined;
}

/** Whether any of the services has that status. */
export interface StatusCondition {
  readonly status: Status | readonly Status[];
  readonly on?: Where | undefined;
}

/** Where the trouble begins, by declared and found dependencies. */
export interface CauseCondition {
  readonly cause: "here" | "elsewhere";
}

/** Whether an action could be run now. */
export interface OfferedCondition {
  readonly offered: string | readonly string[];
  readonly on?: Where | undefined;
}

/** A team's own runbook, or its word about one that a kind brings. */
export interface DeclaredRunbook extends Omit<Runbook, "steps" | "title" | "symptom" | "when"> {
  readonly title?: string | undefined;
  readonly symptom?: string | undefined;
  readonly when?: readonly string[] | undefined;
  readonly steps?: readonly RunbookStep[] | undefined;
  readonly kind?: string | undefined;
  readonly services?: readonly string[] | undefined;
  /** Takes the kind's own of that id away. */
  readonly hide?: true | undefined;
}

interface Owner {
  readonly id: string;
  readonly kind: string;
}

/** The runbooks of a service: its kind's, each replaced or hidden by a declared one of the same id, and the team's own. */
export function runbooksFor(
  service: Owner,
  ofKind: readonly Runbook[],
  declared: readonly DeclaredRunbook[],
): readonly Runbook[] {
  const own = declared.filter(({ kind, services }) => kind === service.kind || services?.includes(service.id) === true);
  const known = new Map(ofKind.map((runbook) => [runbook.id, runbook]));
  for (const one of own) {
    if (one.hide === true) known.delete(one.id);
    else if (one.steps !== undefined) {
      const { id, title = id, symptom = "", when = [], steps } = one;
      known.set(id, { id, title, symptom, when, steps });
    }
  }
  return [...known.values()];
}

/** The findings that offer it; empty when it does not fit what the board shows. */
export function fittingFindings<F extends { readonly rule: string; readonly severity: Severity }>(
  { when }: Pick<Runbook, "when">,
  findings: readonly F[],
): F[] {
  return findings.filter(({ rule, severity }) => severity !== "info" && when.includes(rule));
}

/** Every step in it, however deep, in the order in which it is written. */
export function everyStep(steps: readonly RunbookStep[]): RunbookStep[] {
  return steps.flatMap((step) => [step, ...branchesOf(step).flatMap((branch) => everyStep(branch.steps))]);
}

export interface Branch {
  /** Last part of the ids of its steps. */
  readonly key: string;
  readonly title: string;
  readonly steps: readonly RunbookStep[];
}

/** The ways on from a step; none from one that only does something. */
export function branchesOf(step: RunbookStep): Branch[] {
  if ("check" in step) {
    const { yes = [], no = [], unknown = [] } = step;
    return [
      { key: "yes", title: "If yes", steps: yes },
      { key: "no", title: "If no", steps: no },
      { key: "unknown", title: "If nobody knows", steps: unknown },
    ].filter((branch) => branch.steps.length > 0);
  }
  if ("choose" in step) {
    return step.options.map(({ option, steps }, at) => ({ key: `way-${at + 1}`, title: option, steps }));
  }
  return [];
}

/** Every condition that a step asks, with those inside of it. */
export function conditionsOf(step: RunbookStep): Condition[] {
  const asked = "check" in step ? [step.if] : "choose" in step ? step.options.flatMap((option) => option.if ?? []) : [];
  return asked.flatMap(withInner);
}

function withInner(condition: Condition): Condition[] {
  if ("all" in condition) return [condition, ...condition.all.flatMap(withInner)];
  if ("any" in condition) return [condition, ...condition.any.flatMap(withInner)];
  if ("not" in condition) return [condition, ...withInner(condition.not)];
  return [condition];
}

/** One name or several, as a list. */
export function listOf<T>(one: T | readonly T[]): readonly T[] {
  return Array.isArray(one) ? (one as readonly T[]) : [one as T];
}
