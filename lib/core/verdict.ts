import { formatDuration } from "#lib/core/duration.ts";
import type { Finding } from "#lib/core/finding.ts";
import { findTroubles, type Suspect, type Trouble } from "#lib/core/root-cause.ts";
import { type Status, worse, worst } from "#lib/core/status.ts";

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
}

export interface VerdictOutput {
  status: Status;
  sentence: string;
  chain: { serviceId: string; name: string; status: Status; words: string; root: boolean }[];
  others: { serviceId: string; name: string; status: Status; words: string }[];
  actions: { serviceId: string; id: string; title: string; params: Record<string, string> }[];
  healthy: number;
  total: number;
}

type Subject = Suspect & VerdictInput;

/** The board's first line: what is wrong and why, the way from root to symptom, and the buttons that would help. Pure. */
export function verdictOf(services: readonly VerdictInput[], now: number): VerdictOutput {
  const subjects: Subject[] = services.map((service) => ({ ...service, nodes: nodesOf(service) }));
  const [first, ...rest] = findTroubles(subjects);
  const unseen = services.filter((service) => service.status === "unknown");
  return {
    status: services.length === 0 ? "unknown" : worst(services.map((service) => service.status)),
    sentence: first === undefined ? quietSentence(services, unseen) : troubleSentence(first, rest.length),
    chain: first === undefined ? [] : first.chain.map((service, at) => link(service, at === 0, now)),
    others: [
      ...rest.map(({ root }) => mark(root, predicateOf(root))),
      ...unseen.map((service) => mark(service, "cannot be seen")),
    ],
    actions: [first, ...rest].flatMap((trouble) => (trouble === undefined ? [] : suggestions(trouble))).slice(0, 3),
    healthy: services.filter((service) => service.status === "ok").length,
    total: services.length,
  };
}

function quietSentence(services: readonly VerdictInput[], unseen: readonly VerdictInput[]): string {
  if (services.length === 0) return "Nothing is being watched yet";
  if (unseen.length === services.length) return "Nothing can be seen right now";
  if (unseen.length === 1) return `${unseen[0]?.name} cannot be seen; everything else is well`;
  if (unseen.length > 1) return `${unseen.length} services cannot be seen; everything else is well`;
  return "All is well";
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

function nodesOf(service: VerdictInput): string[] {
  const nodes = new Set<string>();
  for (const key of Object.keys(service.trend.series)) {
    const node = key.split("|")[1];
    if (node) nodes.add(node);
  }
  for (const finding of service.findings) if (finding.node !== undefined) nodes.add(finding.node);
  return [...nodes];
}
