import type { ComponentType } from "react";
import type { z } from "zod";
import type { Alarm } from "#lib/core/alarm.ts";
import type { Endpoints } from "#lib/core/dependencies.ts";
import type { Fact } from "#lib/core/fact.ts";
import type { Failure } from "#lib/core/failure.ts";
import type { KindGrant, StreamGrant } from "#lib/core/grant.ts";
import type { Mail } from "#lib/core/heartbeat.ts";
import type { Result } from "#lib/core/result.ts";
import type { Rule } from "#lib/core/rule.ts";
import type { Runbook } from "#lib/core/runbook.ts";
import type { Unit } from "#lib/core/unit.ts";
import type { Transports } from "#lib/transports/types.ts";
import type { PanelProps } from "#lib/wire/panel.ts";
import type { ParamInput } from "#lib/wire/param.ts";

/**
 * What Pitwall knows of one kind of service. A kind is one folder under `lib/integrations/` and one line in
 * `registry.ts`; see README.md there. `Detail` is plain JSON: it is stored, sent to browsers and frozen.
 */
export interface Manifest<Config = unknown, Detail = unknown> {
  /** Kebab-case word of pitwall.yaml's `kind:`; equals the folder's name. */
  readonly kind: string;
  /** As the program's makers spell it: `HAProxy`. */
  readonly title: string;
  /** One sentence for documentation and editors. */
  readonly about: string;
  /** Strict object of the keys this kind adds to a service. Each key has `.describe()`; defaults stand here and nowhere else. */
  readonly config: z.ZodType<Config>;
  readonly metrics: Readonly<Record<string, MetricSpec>>;
  readonly rules: readonly Rule<Detail>[];
  /** The node names of a service, from its configuration alone. */
  readonly nodes: (config: Config) => readonly string[];
  /** Nodes that only a poll tells of, beside those: the servers of a balancer. A configuration that names one may be right. */
  readonly members?: (detail: Detail) => readonly string[];
  /** What it offers and needs by address, machine or name, from which dependencies are found; `null` before the first sample. */
  readonly endpoints?: (config: Config, detail: Detail | null) => Endpoints;
  /** Every command that the collector and the actions run on hosts. Without an entry here a wrapper refuses it. */
  readonly grants?: (config: Config) => readonly KindGrant[];
  /** The addresses that they reach through hosts. */
  readonly streams?: (config: Config) => readonly StreamGrant[];
  /** One line of the service's own numbers for the board: `5 of 6 servers up · 214 req/s`. */
  readonly summarise: (detail: Detail) => string;
  /** The detail without what only the next poll needs: so history keeps it. Rules and panel must make the same of it. */
  readonly kept?: (detail: Detail) => Detail;
  /** What stands still until somebody or something changes it, for "what changed before it broke". Counters and times are none. */
  readonly facts?: (detail: Detail) => readonly Fact[];
  /** Its services report themselves, through the door for heartbeats; the collector is handed what came as `mail`. */
  readonly reports?: true;
  /**
   * Its actions that a heal rule may start (`true`), and why not of others that come to mind; of those that are not named,
   * none may. Said here and not in the action, because a configuration is judged by manifests alone. Never for what can
   * hurt: the contract test knows the risks.
   */
  readonly autoheal?: Readonly<Record<string, true | string>>;
  /** What to do about its usual troubles, step by step; they may name rules and actions of other kinds. */
  readonly runbooks?: readonly Runbook[];
  /** Columns of the 12-column board grid its panel wants on a wide screen. */
  readonly columns: 3 | 4 | 5 | 7 | 12;
}

/** Ids of the actions that a heal rule may start. */
export function mayBeStarted({ autoheal = {} }: Pick<Manifest, "autoheal">): string[] {
  return Object.keys(autoheal).filter((id) => autoheal[id] === true);
}

/** Why no rule may start that action: `null` when one may, `undefined` when the kind says nothing of it. */
export function autohealTrouble(
  { autoheal = {} }: Pick<Manifest, "autoheal">,
  actionId: string,
): string | null | undefined {
  const said = Object.hasOwn(autoheal, actionId) ? autoheal[actionId] : undefined;
  return said === true ? null : said;
}

export interface MetricSpec {
  readonly title: string;
  readonly unit: Unit;
  /** Kept as a short trend beside the state, for the panel's small charts. */
  readonly trend?: boolean;
}

/** One number of a sample. `null` is "not measured". */
export interface Metric {
  readonly id: string;
  readonly node?: string;
  readonly subject?: string;
  readonly value: number | null;
}

/** What one poll brought back. A part that failed is told inside `Detail`, node by node; the whole failed only if nothing is known. */
export interface Sample<Detail = unknown> {
  readonly detail: Detail;
  readonly metrics: readonly Metric[];
  /** Why what was seen does not tell whether the service is well: then it is unknown, and the detail is shown as it is. */
  readonly unknown?: Failure;
}

export interface CollectContext<Config, Detail> {
  readonly config: Config;
  readonly transports: Transports;
  /** What this service sent of itself; there for kinds that report, and for no other. */
  readonly mail?: () => Promise<Result<Mail>>;
  /** Resolves `env:NAME` or `file:path`; a missing one is the failure `secret-missing`. Never store or log what comes back. */
  readonly secret: (reference: string) => Result<string>;
  readonly signal: AbortSignal;
  /** The whole poll's deadline; give each call what is left of it. */
  readonly timeoutMs: number;
  readonly now: () => number;
  /** The last good sample of this service in this poller's life, for turning counters into rates. */
  readonly previous: { readonly detail: Detail; readonly at: number } | undefined;
}

/** Runs one poll. Throws for bugs only. */
export type Collector<Config = unknown, Detail = unknown> = (
  context: CollectContext<Config, Detail>,
) => Promise<Result<Sample<Detail>, Failure>>;

/** How much an action can hurt, and so how it is confirmed. */
export const risks = ["none", "low", "medium", "high", "critical"] as const;
export type Risk = (typeof risks)[number];

/** A parameter with the values that are possible right now, from the last sample; or, with `input`, one that is typed. */
export interface ParamField {
  readonly name: string;
  readonly label: string;
  readonly options: readonly {
    readonly value: string;
    readonly label: string;
    readonly hint?: string;
    /** The node it is about, where it is one. */
    readonly node?: string;
    /** `false`: only people pick it. */
    readonly heal?: false;
  }[];
  /** What a heal rule takes that says nothing of it; people choose. */
  readonly byRule?: string;
  readonly input?: ParamInput;
  readonly hint?: string;
}

/** An action as the board offers it for one service at this moment. */
export interface Offer {
  readonly params: readonly ParamField[];
  /** Why it cannot be run now, with the reason; `null` when it can. */
  readonly blocked: string | null;
}

export interface ActionContext<Config = unknown, Detail = unknown> {
  readonly serviceId: string;
  /** Rises with each engine that takes a run over. A remote program that was given a higher one refuses this one. */
  readonly epoch: number;
  readonly config: Config;
  readonly transports: Transports;
  readonly secret: (reference: string) => Result<string>;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Streams a line into the run's journal; the engine bounds and redacts it. */
  readonly output: (line: string, node?: string) => void;
  /** Rejects with the signal's reason when the run is cancelled. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Polls this service afresh: live evidence, never the poll cache. */
  readonly poll: () => Promise<Result<Sample<Detail>, Failure>>;
  /** Polls afresh and tells what is wrong by this service's rules, on one node or anywhere: one sentence each, none when green. */
  readonly trouble: (node?: string) => Promise<Result<readonly string[], Failure>>;
  /** Keeps a small fact of this run on disk, for steps that follow it or for whoever goes on after a crash. No secrets. */
  readonly remember: (key: string, value: string) => Promise<void>;
  readonly recall: (key: string) => string | undefined;
  /** Opens an alarm of this service, or replaces the one of the same key: a finding until it is cleared. */
  readonly raise: (alarm: Alarm) => Promise<void>;
  readonly clear: (key: string) => Promise<void>;
}

/** What a guard is handed: the means of an action, without a run. */
export type GuardContext<Config = unknown> = Pick<
  ActionContext<Config>,
  "serviceId" | "config" | "transports" | "secret" | "signal" | "now"
>;

/**
 * Looks after one open alarm about once a second, while no run of the service is under way: holds what a run set where
 * something undoes it behind our back. Returns what it had to do, one sentence each for the timeline; mostly nothing.
 */
export type Guard<Config = unknown> = (context: GuardContext<Config>, alarm: Alarm) => Promise<readonly string[]>;

export type CheckVerdict = "pass" | "warn" | "block" | "unknown";

export interface CheckResult {
  readonly verdict: CheckVerdict;
  /** What was seen, with numbers: `2 of 3 servers stay up`. */
  readonly evidence: string;
}

/** A preflight check probes live. `unknown` blocks whatever can hurt. */
export interface Check<Config = unknown, Detail = unknown> {
  readonly id: string;
  readonly title: string;
  readonly run: (context: ActionContext<Config, Detail>) => Promise<CheckResult>;
  /** Set by the engine: the service whose configuration it is handed, where that is another one. */
  readonly on?: string;
}

/** What the world says of a step: whether its effect stands. A failure means that it could not be asked. */
export interface Standing {
  readonly stands: boolean;
  readonly evidence: string;
}

export interface Step<Config = unknown, Detail = unknown> {
  readonly id: string;
  readonly title: string;
  /** For the reader of the plan: the very command or request, free of secrets. */
  readonly does: string;
  readonly timeoutMs: number;
  /** Returns evidence of what it changed. A failure stops the run; the engine then undoes what was done, where it can. */
  readonly run: (context: ActionContext<Config, Detail>) => Promise<Result<string, Failure>>;
  /** Puts back what `run` found. May come twice, or after somebody else changed it again: it looks before it acts. */
  readonly undo?: (context: ActionContext<Config, Detail>) => Promise<Result<string, Failure>>;
  /** Asks the target whether the effect stands. After a crash the engine asks this, and never repeats a step unasked. */
  readonly probe?: (context: ActionContext<Config, Detail>) => Promise<Result<Standing, Failure>>;
  /** `false` for a step that only looks or waits: a dry run takes it, and it leaves nothing to undo. */
  readonly changes?: false;
  /** What is still so when the step was done and is not undone: `web-02 is drained on lb-1`. Said in the alarm. */
  readonly stands?: string;
  /** From its beginning on, nothing before it is undone, and a cancelled or crashed run goes on to the end of its group. */
  readonly noReturn?: true;
  /** Steps that belong together, such as those of one member of a rolling change. Without one the plan is one group. */
  readonly group?: string;
  /** Ids of earlier steps whose effect this one takes back. */
  readonly ends?: readonly string[];
  /** Set by the engine: the service whose configuration it is handed, where that is another one. */
  readonly on?: string;
}

/** Proves that the action had its effect, by asking the target and not the command's exit code. */
export interface Verification<Config = unknown, Detail = unknown> {
  readonly title: string;
  /** How many times in a row it must hold. */
  readonly consecutive: number;
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly probe: (
    context: ActionContext<Config, Detail>,
  ) => Promise<{ readonly holds: boolean; readonly evidence: string }>;
}

/**
 * Its words are what somebody confirms, so they tell nothing that changes by itself, such as how many requests are in
 * flight: that belongs into the evidence of a check, which looks anew each time.
 */
export interface ActionPlan<Config = unknown, Detail = unknown> {
  /** `Drain web-02 in learn`. */
  readonly title: string;
  /** What it does to users, how long, and what stays: `New sessions go to the other servers; those on it may end by themselves.` */
  readonly effect: string;
  /** Resources it changes, as the reader knows them: `lb / learn / web-02`. They are locked while it runs. */
  readonly touches: readonly string[];
  /** The node whose findings are the symptom; the engine re-polls what sees this node and wants it green. */
  readonly node?: string;
  /** Of its own service only findings of these rules are the symptom; all of the node's without it. */
  readonly symptoms?: readonly string[];
  /** `false` for an action that takes something out of service on purpose: then only `verify` decides. */
  readonly heals: boolean;
  /** Set where it takes something away from users on purpose: then what depends on it is not looked at afterwards. */
  readonly neighbours?: "may suffer";
  /** Said in the plan and the verdict, e.g. `Lost when HAProxy reloads.` */
  readonly caveat?: string;
  readonly preflight: readonly Check<Config, Detail>[];
  readonly steps: readonly Step<Config, Detail>[];
  /** Done whatever becomes of the run, once a step was begun: what must not stay as it is while the run lasts. */
  readonly finally?: readonly Step<Config, Detail>[];
  readonly verify: Verification<Config, Detail>;
  /** Resources beside `touches` that nobody else may change meanwhile, such as the pool that a server is taken from. */
  readonly locks?: readonly string[];
}

/** Another service's action, as part of a plan: the remedy of an app needs its balancer. */
export interface Neighbour {
  readonly serviceId: string;
  readonly name: string;
  readonly offer: Offer;
  /** Its plan; every check and step of it is handed that service's configuration. */
  readonly part: (params: Readonly<Record<string, string>>) => Result<ActionPlan>;
}

/** What a plan may know of the other services. */
export interface Surroundings {
  /** The other services that have this action. */
  readonly offering: (actionId: string) => readonly Neighbour[];
}

/** A remedy a kind offers. `offer` is pure; `plan` builds closures that touch the world only when the engine runs them. */
export interface Action<Config = unknown, Detail = unknown> {
  readonly id: string;
  /** The button, without its ellipsis: `Drain a server`. */
  readonly title: string;
  readonly about: string;
  readonly risk: Risk;
  readonly offer: (config: Config, detail: Detail | null) => Offer;
  /** Unknown or impossible parameters are a failure `no-such-object`, before anything is touched. */
  readonly plan: (
    config: Config,
    params: Readonly<Record<string, string>>,
    detail: Detail | null,
    around?: Surroundings,
  ) => Result<ActionPlan<Config, Detail>>;
  /** Not before this long after the last run of the same on the same; a person lifts it by settling that run. */
  readonly cooldownMs?: number;
  /** More runs than this within the time say that it does not help: a person is warned, a rule is stopped. */
  readonly budget?: { readonly runs: number; readonly withinMs: number };
  /** Whether a rule may start it with these parameters, without a person; left out, the kind's own policy decides. */
  readonly mayHeal?: (params: Readonly<Record<string, string>>) => boolean;
  /** Only ever a part of another action's plan: it has no button. */
  readonly partOnly?: true;
}

/** A kind's line in the registry: the pure part at once, the rest when first needed. */
export interface Integration {
  readonly manifest: Manifest;
  readonly collector: () => Promise<Collector>;
  readonly actions: () => Promise<readonly Action[]>;
  readonly guard?: () => Promise<Guard>;
  readonly panel: () => Promise<{ default: ComponentType<PanelProps> }>;
}

/** Ties a kind's typed parts together and forgets the types, which only the kind itself knows. */
export function integration<Config, Detail>(parts: {
  readonly manifest: Manifest<Config, Detail>;
  readonly collector: () => Promise<Collector<Config, Detail>>;
  readonly actions: () => Promise<readonly Action<Config, Detail>[]>;
  readonly guard?: () => Promise<Guard<Config>>;
  readonly panel: () => Promise<{ default: ComponentType<PanelProps<Detail>> }>;
}): Integration {
  return parts as unknown as Integration;
}
