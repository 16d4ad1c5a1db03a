import type { Finding } from "#lib/core/finding.ts";
import type { Severity, Status } from "#lib/core/status.ts";

/** What root cause needs to know of a service. Times are epoch milliseconds. */
export interface Suspect {
  readonly id: string;
  readonly status: Status;
  /** Onset of the present status; `null` when nobody knows. */
  readonly since: number | null;
  /** Since when it has been in trouble at all, where that is longer than `since`. */
  readonly onset?: number | null;
  readonly checkedAt?: number | null | undefined;
  readonly intervalMs?: number | undefined;
  readonly dependsOn: readonly string[];
  /** Dependencies that concern some of its own nodes and parts only: a check's way through the balancer, not those beside it. */
  readonly narrow?: Readonly<Record<string, Part>> | undefined;
  readonly findings: readonly Finding[];
  /** Every node the service is known to have, well or not; asked of services in trouble alone. */
  readonly nodes: readonly string[];
}

/** Some nodes and parts (`Finding.subject`) of a service. */
export interface Part {
  readonly nodes: readonly string[];
  readonly subjects: readonly string[];
}

/** Why the evidence for a link is thin, although nothing better explains the symptom. */
export type Thinness = "only-warning" | "seen-later" | "one-check";

/** Why a service in trouble upstream is not taken as the cause. */
export type Acquittal = "self-made" | "contained" | "node-bound" | "milder" | "other-nodes" | "long-after";

export type Ruling =
  | {
      readonly explains: true;
      readonly named: boolean;
      /** Other nodes of the symptom are in trouble that the cause is well on: it explains a part. */
      readonly partial: boolean;
      readonly thin: readonly Thinness[];
    }
  | { readonly explains: false; readonly because: Acquittal };

/** A symptom may be noticed this long before its cause: polls and confirmations take their time. */
export const lateMs = 30_000;
/** Trouble that begins this long after the symptom cannot have begun it. */
export const tooLateMs = 600_000;
/** A mere warning explains worse trouble only if it rose shortly before it. */
export const recentMs = 900_000;

/** A suspect with what its findings mean for causes, worked out once. */
export interface Profile<S extends Suspect = Suspect> {
  readonly suspect: S;
  readonly troubled: boolean;
  readonly rank: number;
  readonly onset: number;
  /** Services that its findings name as their cause. */
  readonly named: ReadonlySet<string>;
  /** Rank of its worst finding that can hurt others; 0 when all of it stays where it is. */
  readonly spreads: number;
  /** Nodes whose trouble hurts what uses those very nodes, and the rank of the worst of it. */
  readonly hurtNodes: ReadonlySet<string>;
  readonly hurts: number;
  /** Whether some finding of its status may come from elsewhere. */
  readonly explicable: boolean;
  /** Those findings. */
  readonly open: readonly Finding[];
  /** Nodes of what spreads and of what is explicable; `null` is "the service as a whole". */
  readonly causeNodes: Nodes | null;
  readonly symptomNodes: Nodes | null;
  /** Nodes that any finding of trouble names. */
  readonly troubledNodes: ReadonlySet<string>;
  readonly nodes: Nodes;
}

/** Names of nodes, and one bit of 32 for each: without a bit in common they have no name in common. */
interface Nodes {
  readonly names: ReadonlySet<string>;
  /** The same ones, which are gone through for each pair of services in trouble. */
  readonly list: readonly string[];
  readonly bits: number;
}

const nobody: Nodes = { names: new Set(), list: [], bits: 0 };

export function profileOf<S extends Suspect>(suspect: S): Profile<S> {
  const { status, findings } = suspect;
  const onset = suspect.onset ?? suspect.since ?? Number.POSITIVE_INFINITY;
  const rank = rankOf(status);
  if (!inTrouble(suspect)) {
    return {
      suspect,
      rank,
      onset,
      troubled: false,
      named: nobody.names,
      spreads: 0,
      hurtNodes: nobody.names,
      hurts: 0,
      explicable: false,
      open: [],
      causeNodes: null,
      symptomNodes: null,
      troubledNodes: nobody.names,
      nodes: nobody,
    };
  }
  const open = findings.filter((finding) => finding.severity !== "info");
  const spreading = open.filter((finding) => finding.contained === undefined);
  const hurting = open.filter((finding) => finding.contained === "node");
  const explicable = open.filter((finding) => finding.severity === status && finding.selfMade !== true);
  const causing = spreading.filter((finding) => finding.severity === status);
  const symptomNodes = nodesNamed(explicable);
  return {
    suspect,
    rank,
    onset,
    troubled: true,
    named: setOf(open.map(({ pointsAt }) => pointsAt)),
    spreads: worstOf(spreading),
    hurtNodes: setOf(hurting.map(({ node }) => node)),
    hurts: worstOf(hurting),
    explicable: explicable.length > 0,
    open: explicable,
    // Most trouble is all of one kind: then they are the same.
    causeNodes: isSame(causing, explicable) ? symptomNodes : nodesNamed(causing),
    symptomNodes,
    troubledNodes:
      isSame(open, explicable) && symptomNodes !== null ? symptomNodes.names : setOf(open.map(({ node }) => node)),
    nodes: marked(new Set(suspect.nodes)),
  };
}

function isSame(some: readonly Finding[], others: readonly Finding[]): boolean {
  return some.length === others.length && some.every((finding, at) => finding === others[at]);
}

function worstOf(findings: readonly Finding[]): number {
  return findings.reduce((worst, { severity }) => Math.max(worst, rankOf(severity)), 0);
}

function setOf(names: readonly (string | undefined)[]): ReadonlySet<string> {
  const told = names.filter((name) => name !== undefined);
  return told.length === 0 ? nobody.names : new Set(told);
}

/**
 * Whether trouble upstream explains a symptom. A cause is at least as bad as its symptom, or named by it, or a warning
 * that rose shortly before on the way to it (then the evidence is thin). Trouble that stays where it is explains nothing, or,
 * where it stays on its nodes, what complains of those nodes alone; and trouble that starts where it is needs no
 * explanation. Where both run on the same nodes, their troubles must meet on one: a queue on web-01 does not take web-03 out
 * of rotation. What begins long after the symptom did not begin it.
 */
export function rule(cause: Profile, symptom: Profile): Ruling {
  if (symptom.named.size > 0 && symptom.named.has(cause.suspect.id)) return explained.named.sure;
  if (!symptom.explicable) return acquitted["self-made"];
  const hurts = cause.hurts > 0 && complainsOf(symptom, cause.hurtNodes) ? cause.hurts : 0;
  const reach = Math.max(cause.spreads, hurts);
  if (reach === 0) return cause.hurts > 0 ? acquitted["node-bound"] : acquitted.contained;
  const meeting = meetingOf(cause, symptom);
  if (meeting === "none") return acquitted["other-nodes"];
  const after = cause.onset - (symptom.suspect.since ?? cause.onset);
  if (after > tooLateMs) return acquitted["long-after"];
  if (reach >= symptom.rank) {
    const slack = Math.max(lateMs, 3 * (cause.suspect.intervalMs ?? 0));
    return explained[meeting][after > slack ? "seen-later" : surety(cause)];
  }
  // A warning explains worse trouble by when it rose alone, so that must be known.
  if (cause.suspect.since === null || symptom.suspect.since === null) return acquitted.milder;
  const before = symptom.suspect.since - cause.suspect.since;
  if (after > lateMs || before > recentMs) return acquitted.milder;
  return explained[meeting][covers(cause, symptom) ? surety(cause) : "only-warning"];
}

/** Made once, as the other rulings: tens of thousands of pairs are ruled on, and most are acquitted. */
const acquitted = {
  "self-made": { explains: false, because: "self-made" },
  contained: { explains: false, because: "contained" },
  "node-bound": { explains: false, because: "node-bound" },
  milder: { explains: false, because: "milder" },
  "other-nodes": { explains: false, because: "other-nodes" },
  "long-after": { explains: false, because: "long-after" },
} as const satisfies { readonly [Because in Acquittal]: Ruling & { readonly because: Because } };

/** Of a cause that is named, or that all or some of the symptom's nodes meet. */
const explained = {
  named: explainedBy({ named: true, partial: false }),
  all: explainedBy({ named: false, partial: false }),
  some: explainedBy({ named: false, partial: true }),
} as const;

function explainedBy(how: { readonly named: boolean; readonly partial: boolean }) {
  const by = (...thin: Thinness[]): Ruling => ({ explains: true, ...how, thin });
  return {
    sure: by(),
    "only-warning": by("only-warning"),
    "seen-later": by("seen-later"),
    "one-check": by("one-check"),
  } as const satisfies Record<Thinness | "sure", Ruling>;
}

/** What only one check has seen may be gone with the next. */
function surety({ suspect }: Profile): "one-check" | "sure" {
  return suspect.checkedAt !== undefined && suspect.checkedAt === (suspect.onset ?? suspect.since)
    ? "one-check"
    : "sure";
}

/** On how many of the symptom's nodes the cause is in trouble. Without a node in common nothing can be held against it. */
function meetingOf(cause: Profile, symptom: Profile): "all" | "some" | "none" {
  const { causeNodes } = cause;
  const { symptomNodes } = symptom;
  if (causeNodes === null || symptomNodes === null || !meet(cause.nodes, symptom.nodes)) return "all";
  if (!meet(symptomNodes, causeNodes)) return "none";
  for (const node of symptomNodes.list) if (!causeNodes.names.has(node)) return "some";
  return "all";
}

/** The warning is on the very nodes that the symptom complains of: local evidence, as good as a worse status. */
function covers(cause: Profile, symptom: Profile): boolean {
  return complainsOf(symptom, cause.troubledNodes);
}

/** Whether all nodes that the symptom complains of are among these. */
function complainsOf(symptom: Profile, among: ReadonlySet<string>): boolean {
  const nodes = symptom.symptomNodes?.names ?? symptom.troubledNodes;
  if (nodes.size === 0) return false;
  for (const node of nodes) if (!among.has(node)) return false;
  return true;
}

/** Asked for each pair of services in trouble: the bits answer most of them. */
function meet(of: Nodes, within: Nodes): boolean {
  if ((of.bits & within.bits) === 0) return false;
  for (const each of of.list) if (within.names.has(each)) return true;
  return false;
}

function marked(names: ReadonlySet<string>): Nodes {
  let bits = 0;
  for (const name of names) {
    let hash = 0;
    for (let at = 0; at < name.length; at += 1) hash = (Math.imul(hash, 31) + name.charCodeAt(at)) | 0;
    bits |= 1 << (hash & 31);
  }
  return { names, list: [...names], bits };
}

/** The nodes that these findings name; `null` when one of them is about the service as a whole, or there are none. */
function nodesNamed(findings: readonly Finding[]): Nodes | null {
  const nodes = new Set<string>();
  for (const { node } of findings) {
    if (node === undefined) return null;
    nodes.add(node);
  }
  return nodes.size === 0 ? null : marked(nodes);
}

export function inTrouble({ status }: Suspect): boolean {
  return status === "critical" || status === "warning";
}

export function rankOf(status: Status | Severity): number {
  return ranks[status];
}

const ranks = { ok: 0, info: 0, unknown: 1, warning: 2, critical: 3 } as const;
