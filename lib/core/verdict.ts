import { formatDuration } from "#lib/core/duration.ts";
import type { Finding } from "#lib/core/finding.ts";
import { type Cover, isCovered } from "#lib/core/planned.ts";
import { findTroubles, type Suspect, type Trouble } from "#lib/core/root-cause.ts";
import { type Status, statuses, worse, worst } from "#lib/core/status.ts";

/** What the verdict reads of a service of the board. */
export interface VerdictInput {
  readonly id: string;
  readonly name: string;
  readonly status: Status;
  readonly since: number | null;
  readonly dependsOn: readonly string[];
  readonly findings: readonly Finding[];
  /** Its keys, `metric|node|subject`, tell which nodes a service has. */
  readonly trend: { readonly series: Readonly<Record<string, unknown>> };
  readonly actions: readonly { readonly id: string; readonly title: string; readonly blocked: string | null }[];
  /** Planned work on it; the trouble of a service that is covered as a whole does not count. */
  readonly maintenance?: readonly Cover[];
}

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

type Subject = Suspect & VerdictInput & { readonly covered: boolean };

/** The board's first line: what is wrong and why, the way from root to symptom, and the buttons that would help. Pure. */
export function verdictOf(services: readonly VerdictInput[], now: number): VerdictOutput {
  const subjects = services.map((service) => subjectOf(service, now));
  const [first, ...rest] = unplanned(findTroubles(subjects));
  const counting = subjects.filter((service) => !service.covered);
  const unseen = counting.filter((service) => service.status === "unknown");
  return {
    status: worst(counting.map((service) => service.status)),
    sentence: first === undefined ? quietSentence(subjects, unseen) : troubleSentence(first, rest.length),
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

/** What root cause and verdict read of a service of the board at `now`. */
export function subjectOf<S extends VerdictInput>(service: S, now: number): S & Subject {
  return { ...service, nodes: nodesOf(service), covered: isCovered(service, now) };
}

/**
 * What counts: trouble of a covered service is planned. A covered root stays named when something that is not covered
 * suffers from it, because that is why.
 */
function unplanned(troubles: readonly Trouble<Subject>[]): Trouble<Subject>[] {
  const counted = troubles.flatMap(({ root, chain, symptoms }) => {
    const felt = symptoms.filter((symptom) => !symptom.covered);
    if (root.covered && felt.length === 0) return [];
    const way = chain.filter((service) => service === root || !service.covered);
    return [{ root, symptoms: felt, chain: way.length === 1 ? [root, ...felt.slice(0, 1)] : way }];
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
  if (unseen.length === 1) return `${unseen[0]?.name} cannot be seen; ${rest}`;
  if (unseen.length > 1) return `${unseen.length} services cannot be seen; ${rest}`;
  if (covered.length === 0) return "All is well";
  const who = covered.length === 1 ? `${covered[0]?.name} is` : `${covered.length} services are`;
  return `All is well; ${who} in maintenance`;
}

function troubleSentence(trouble: Trouble<Subject>, others: number): string {
  const { root, chain } = trouble;
  // The worst of the chain is what users feel; of equally bad ones, the furthest from the root.
  const last = chain.slice(1).reduce<Subject | undefined>((felt, next) => {
    return felt !== undefined && worse(felt.status, next.status) !== next.status ? felt : next;
  }, undefined);
  const cause = `${root.name} ${predicateOf(root)}`;
  const effect = last === undefined ? "" : `, and because of that ${last.name} ${predicateOf(last)}`;
  const more = others === 0 ? "" : others === 1 ? "; one other trouble" : `; ${others} other troubles`;
  return `${cause}${effect}${more}`;
}

function link(service: Subject, root: boolean, now: number): VerdictOutput["chain"][number] {
  const age = root && service.since !== null ? ` · ${formatDuration(now - service.since)}` : "";
  return { ...mark(service, `${predicateOf(service)}${age}`), root };
}

function mark(service: VerdictInput, words: string): VerdictOutput["others"][number] {
  return { serviceId: service.id, name: service.name, status: service.status, words };
}

/** The worst finding as a predicate. Where several nodes have the same trouble, it says how many. */
function predicateOf(service: Subject): string {
  if (service.covered) return "is in maintenance";
  const main = mainFinding(service);
  if (main === undefined) return `is ${service.status}`;
  const predicate = main.clause ?? withoutNode(main);
  if (main.node === undefined) return predicate;
  const alike = new Set(
    service.findings
      .filter(
        (finding) => finding.rule === main.rule && finding.severity === main.severity && finding.node !== undefined,
      )
      .map((finding) => finding.node),
  ).size;
  const where = alike <= 1 ? main.node : `${alike} of ${Math.max(service.nodes.length, alike)} nodes`;
  if (predicate.includes(main.node)) return predicate.replace(main.node, where);
  return alike <= 1 && service.nodes.length <= 1 && main.clause !== undefined ? predicate : `${predicate} on ${where}`;
}

/** A finding about the whole says more than one about a part; the worst comes first. */
function mainFinding(service: Subject): Finding | undefined {
  const open = service.findings.filter((finding) => finding.severity === service.status);
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
function suggestions({ root }: Trouble<Subject>): VerdictOutput["actions"] {
  if (root.covered) return [];
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

/** The nodes a service is known to have, by its history and its findings. */
export function nodesOf(service: Pick<VerdictInput, "trend" | "findings">): string[] {
  const nodes = new Set<string>();
  for (const key of Object.keys(service.trend.series)) {
    const node = key.split("|")[1];
    if (node) nodes.add(node);
  }
  for (const finding of service.findings) if (finding.node !== undefined) nodes.add(finding.node);
  return [...nodes];
}
