import { type Finding, findingKey } from "#lib/core/finding.ts";
import type { HealRule } from "#lib/core/heal.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Offer } from "#lib/integrations/integration.ts";
import { hides } from "#lib/remediation/symptoms.ts";

/** Something a rule could heal: one finding, over time. */
export interface Stood {
  readonly finding: Finding;
  readonly since: number;
  /** Polls in a row that showed it. */
  readonly polls: number;
}

/** As far as a poll of the service tells of its findings. */
export interface PollSeen {
  /** When it ended; the same again is the same poll. */
  readonly at: number;
  readonly findings: readonly Finding[];
  /** It brought nothing back, or is not believed. */
  readonly failed: boolean;
}

/** What is remembered of a rule's targets between polls. */
export interface Followed {
  readonly at: number;
  readonly stood: ReadonlyMap<string, Stood>;
}

export const nothingFollowed: Followed = { at: Number.NEGATIVE_INFINITY, stood: new Map() };

/**
 * The targets after one more poll. One that a poll does not show begins anew when it is back; a poll that failed says
 * nothing either way. What was seen before something was done to the service (`actedAt`) no longer counts.
 */
export function followTargets(before: Followed, rule: HealRule, poll: PollSeen, actedAt: number | null): Followed {
  const counts = (at: number) => actedAt === null || at > actedAt;
  const known = new Map([...before.stood].filter(([, { since }]) => counts(since)));
  if (poll.failed || poll.at <= before.at || !counts(poll.at)) return { at: before.at, stood: known };
  const stood = poll.findings
    .filter((finding) => isTarget(rule, finding))
    .map((finding): [string, Stood] => {
      const { since, polls } = known.get(findingKey(finding)) ?? { since: poll.at, polls: 0 };
      return [findingKey(finding), { finding, since, polls: polls + 1 }];
    });
  return { at: poll.at, stood: new Map(stood) };
}

export function isTarget(rule: HealRule, { rule: id, severity, node }: Finding): boolean {
  if (id !== rule.when || severity === "info") return false;
  if (rule.severity === "critical" && severity !== "critical") return false;
  return rule.nodes === null || (node !== undefined && rule.nodes.includes(node));
}

/**
 * The action's parameters for a finding: what the rule says, what the finding suggests, what rules usually take, else the
 * only value that is about its node (and, where a node has many, about its subject). Error: why they are not known.
 */
export function paramsFor(rule: HealRule, finding: Finding, offer: Offer): Result<Record<string, string>, string> {
  if (offer.blocked !== null) return err(offer.blocked);
  const suggested = finding.action?.id === rule.action ? finding.action.params : {};
  const params: Record<string, string> = {};
  for (const field of offer.params) {
    const told = rule.params[field.name] ?? suggested[field.name] ?? field.byRule;
    const value = told ?? only(matching(field, finding));
    if (value === undefined)
      return err(`which ${field.label.toLowerCase()} is meant is not known: say it under \`params\``);
    // What is typed is held to its pattern by whoever takes the request.
    if (field.input === undefined && !field.options.some((option) => option.value === value)) {
      return err(`${field.label} ${value} is not possible now`);
    }
    params[field.name] = value;
  }
  return ok(params);
}

type Field = Offer["params"][number];

function matching(field: Field, { node, subject }: Finding): string[] {
  const options = field.options.filter(({ heal }) => heal !== false);
  const ofNode = options.filter((option) => (option.node ?? option.value) === node);
  const exact = ofNode.filter((option) => option.value === `${subject}/${node}`);
  const named = options.filter((option) => option.value === subject || option.label === subject);
  const [first] = [exact, ofNode, named, options].filter((some) => some.length > 0);
  return (first ?? []).map(({ value }) => value);
}

function only(values: readonly string[]): string | undefined {
  return values.length === 1 ? values[0] : undefined;
}

/**
 * What the target is one of: the service's own nodes, or those that the action could be done to (servers of a balancer).
 * A service as a whole is in no pool.
 */
export function poolOf(nodes: readonly string[], offer: Offer | undefined, finding: Finding): string[] {
  const { node, subject } = finding;
  if (node === undefined) return [];
  if (nodes.includes(node)) return [...nodes];
  const options = offer?.params.flatMap((field) => field.options) ?? [];
  const beside = options.filter((option) => option.node !== undefined);
  const mine = beside.filter(({ value }) => subject === undefined || value.startsWith(`${subject}/`));
  const members = (mine.length > 0 ? mine : beside).flatMap((option) => option.node ?? []);
  return members.includes(node) ? [...new Set(members)] : [...new Set([...members, node])];
}

/** Nodes of the pool that are in trouble, wherever it is seen: as bad as can be, unseen, or of the rule's own sort. */
export function redOf(pool: readonly string[], rule: HealRule, findings: Iterable<Finding>): string[] {
  const red = new Set<string>();
  for (const finding of findings) {
    if (finding.node === undefined || finding.severity === "info") continue;
    if (hides(finding) || finding.rule === rule.when) red.add(finding.node);
  }
  return pool.filter((node) => red.has(node));
}
