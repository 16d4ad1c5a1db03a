import { formatDuration } from "#lib/core/duration.ts";
import type { Finding } from "#lib/core/finding.ts";
import { isStoppedAlarm } from "#lib/core/heal.ts";
import { type Doubt, findTroubles, type Trouble } from "#lib/core/root-cause.ts";
import { type Status, statuses, worse, worst } from "#lib/core/status.ts";
import { nodesOf, type Subject, subjectsOf, type VerdictInput } from "#lib/core/subject.ts";

export { nodesOf, type Subject, subjectsOf, type VerdictInput } from "#lib/core/subject.ts";

export interface VerdictOutput {
  status: Status;
  sentence: string;
  chain: { serviceId: string; name: string; status: Status; words: string; root: boolean }[];
  others: { serviceId: string; name: string; status: Status; words: string }[];
  actions: { serviceId: string; id: string; title: string; params: Record<string, string> }[];
  healthy: number;
  planned: number;
  total: number;
}

/**
 * The board's first line: what is wrong and why, the way from root to symptom, and the buttons that would help. `blind`:
 * why Pitwall itself cannot see, which comes before anything it might still say of others. Pure.
 */
export function verdictOf(services: readonly VerdictInput[], now: number, blind: string | null = null): VerdictOutput {
  const subjects = subjectsOf(services, now);
  const [first, ...rest] = unplanned(findTroubles(subjects));
  const counting = subjects.filter((service) => !service.covered);
  const unseen = counting.filter((service) => service.status === "unknown");
  return {
    status: worst(counting.map((service) => service.status)),
    sentence:
      blind !== null
        ? shortOf(blind)
        : first === undefined
          ? quietSentence(subjects, unseen)
          : troubleSentence(first, rest, unseen),
    chain: first === undefined ? [] : first.chain.map((service, at) => link(service, at === 0, now)),
    others: [
      ...rest.map(({ root }) => mark(root, predicateOf(root))),
      ...unseen.map((service) => mark(service, "cannot be seen")),
    ],
    actions: [first, ...rest].flatMap((trouble) => (trouble === undefined ? [] : suggestions(trouble))).slice(0, 3),
    healthy: counting.filter((service) => service.status === "ok").length,
    planned: subjects.length - counting.length,
    total: services.length,
  };
}

/** The first part of what the poller says at length. */
function shortOf(blind: string): string {
  return blind.split(". ")[0] ?? blind;
}

/**
 * What counts: trouble of a covered service is planned. A covered root stays named when something that is not covered
 * suffers from it, because that is why.
 */
export function unplanned(troubles: readonly Trouble<Subject>[]): Trouble<Subject>[] {
  const counted = troubles.flatMap((trouble) => {
    const { root, chain } = trouble;
    const symptoms = trouble.symptoms.filter((symptom) => !symptom.covered);
    if (root.covered && symptoms.length === 0) return [];
    const way = chain.filter((service) => service === root || !service.covered);
    return [{ ...trouble, symptoms, chain: way.length === 1 ? [root, ...symptoms.slice(0, 1)] : way }];
  });
  const rank = ({ root, symptoms }: Trouble<Subject>) =>
    statuses.indexOf(worst([...(root.covered ? [] : [root.status]), ...symptoms.map((symptom) => symptom.status)]));
  return counted.sort((a, b) => rank(b) - rank(a));
}

function quietSentence(services: readonly Subject[], unseen: readonly Subject[]): string {
  if (services.length === 0) return "Nothing is being watched yet";
  const covered = services.filter((service) => service.covered);
  if (covered.length === services.length) return "Everything that is watched is in maintenance";
  if (unseen.length === services.length) return "Nothing can be seen right now";
  const rest = covered.length === 0 ? "everything else is well" : "everything else is well or in maintenance";
  if (unseen.length === 1) return `${unseen[0]?.told.name} cannot be seen; ${rest}`;
  if (unseen.length > 1) return `${unseen.length} services cannot be seen; ${rest}`;
  if (covered.length === 0) return "All is well";
  const who = covered.length === 1 ? `${covered[0]?.told.name} is` : `${covered.length} services are`;
  return `All is well; ${who} in maintenance`;
}

function troubleSentence(
  trouble: Trouble<Subject>,
  others: readonly Trouble<Subject>[],
  unseen: readonly Subject[],
): string {
  const { root, chain, thin } = trouble;
  // The worst of the chain is what users feel; of equally bad ones, the furthest from the root.
  const last = chain.slice(1).reduce<Subject | undefined>((felt, next) => {
    return felt !== undefined && worse(felt.status, next.status) !== next.status ? felt : next;
  }, undefined);
  const [doubt] = thin;
  const because = doubt === undefined ? "and because of that" : "and probably because of that";
  const effect = last === undefined ? "" : `, ${because} ${last.told.name} ${predicateOf(last)}`;
  const why = doubt === undefined ? "" : ` (${doubtWords(doubt)})`;
  return `${root.told.name} ${predicateOf(root)}${effect}${why}${blindWords(root, unseen)}${otherWords(others)}`;
}

/** Why it is only probable. */
export function doubtWords({ why, link }: Doubt<Subject>): string {
  const { name } = link.cause.told;
  switch (why) {
    case "only-warning":
      return `${name} is only at a warning`;
    case "seen-later":
      return `${name} was seen ${formatDuration((link.cause.onset ?? 0) - (link.symptom.since ?? 0))} later`;
    case "one-check":
      return "seen by one check so far";
    default:
      return why satisfies never;
  }
}

/** A root that needs something nobody can see may not be the root. What starts where it is has no need of that. */
function blindWords(root: Subject, unseen: readonly Subject[]): string {
  if (root.covered || mainFinding(root.told)?.selfMade === true) return "";
  const needed = unseen.filter(({ id }) => root.dependsOn.includes(id));
  if (needed.length === 0) return "";
  return `; ${needed.map(({ told }) => told.name).join(" and ")}, which ${root.told.name} needs, cannot be seen`;
}

function otherWords(others: readonly Trouble<Subject>[]): string {
  const [other, ...more] = others;
  if (other === undefined) return "";
  if (more.length > 0) return `; apart from that, ${others.length} other troubles`;
  return `; apart from that, ${other.root.told.name} ${predicateOf(other.root)}`;
}

function link(service: Subject, root: boolean, now: number): VerdictOutput["chain"][number] {
  const age = root && service.since !== null ? ` · ${formatDuration(now - service.since)}` : "";
  return { ...mark(service, `${predicateOf(service)}${age}`), root };
}

function mark({ told }: Subject, words: string): VerdictOutput["others"][number] {
  return { serviceId: told.id, name: told.name, status: told.status, words };
}

/** The worst finding as a predicate. Where several nodes have the same trouble, it says how many. */
export function predicateOf({ told, covered }: Subject): string {
  if (covered) return "is in maintenance";
  const main = mainFinding(told);
  if (main === undefined) return `is ${told.status}`;
  const predicate = main.clause ?? withoutNode(main);
  if (main.node === undefined) return predicate;
  const nodes = nodesOf(told).length;
  const same = told.findings.filter(({ rule, severity }) => rule === main.rule && severity === main.severity);
  const alike = new Set(same.flatMap(({ node }) => node ?? [])).size;
  const where = alike <= 1 ? main.node : `${alike} of ${Math.max(nodes, alike)} nodes`;
  if (predicate.includes(main.node)) return predicate.replace(main.node, where);
  return alike <= 1 && nodes <= 1 && main.clause !== undefined ? predicate : `${predicate} on ${where}`;
}

/** A finding about the whole says more than one about a part; the worst comes first. That nobody heals it any more is not what it has. */
function mainFinding(service: VerdictInput): Finding | undefined {
  const worst = service.findings.filter((finding) => finding.severity === service.status);
  const own = worst.filter(({ subject }) => !isStoppedAlarm(subject));
  const open = own.length > 0 ? own : worst;
  return open.find((finding) => finding.node === undefined) ?? open[0];
}

function withoutNode(finding: Finding): string {
  const prefix = `${finding.node}: `;
  return `reports: ${finding.message.startsWith(prefix) ? finding.message.slice(prefix.length) : finding.message}`;
}

/**
 * What the root's own findings propose, each once, only what can be run now. A symptom's remedies are left out: restarting
 * an app that waits for a dead search service sheds its users and mends nothing.
 */
function suggestions(trouble: Trouble<Subject>): VerdictOutput["actions"] {
  if (trouble.root.covered) return [];
  const root = trouble.root.told;
  const seen = new Set<string>();
  return root.findings.flatMap((finding) => {
    const offer = root.actions.find((action) => action.id === finding.action?.id && action.blocked === null);
    if (finding.action === undefined || finding.severity === "info" || offer === undefined) return [];
    const key = JSON.stringify([finding.action.id, finding.action.params]);
    if (seen.has(key)) return [];
    seen.add(key);
    const where = finding.node === undefined ? "" : ` · ${finding.node}`;
    return [
      { serviceId: root.id, id: offer.id, title: `${offer.title}${where}`, params: { ...finding.action.params } },
    ];
  });
}
