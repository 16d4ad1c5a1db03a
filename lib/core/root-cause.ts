import type { Finding } from "#lib/core/finding.ts";
import type { Severity, Status } from "#lib/core/status.ts";

/** What root cause needs to know of a service. Times are epoch milliseconds. */
export interface Suspect {
  readonly id: string;
  readonly status: Status;
  /** Onset of the present status; `null` when nobody knows. */
  readonly since: number | null;
  readonly dependsOn: readonly string[];
  readonly findings: readonly Finding[];
  /** Every node the service is known to have, well or not. */
  readonly nodes: readonly string[];
}

/** One trouble: where it starts, and what only follows from it. */
export interface Trouble<S extends Suspect> {
  readonly root: S;
  /** From the root to the symptom that users feel most, all of them in trouble. The first is the root. */
  readonly chain: readonly S[];
  /** All services whose trouble this root explains, nearest first. */
  readonly symptoms: readonly S[];
}

/**
 * Sorts services in trouble into independent troubles, worst first.
 *
 * A service is a symptom when something it depends on, at any distance, is in trouble and can explain it. Onsets only
 * decide between candidates: polls of different intervals see a symptom before its cause as often as not. Services that
 * cannot be seen (`unknown`) explain nothing and are explained by nothing. Cycles are cut at the earliest onset.
 */
export function findTroubles<S extends Suspect>(services: readonly S[]): Trouble<S>[] {
  const byId = new Map(services.map((service) => [service.id, service]));
  const troubled = services.filter(inTrouble);
  const causes = new Map(troubled.map((service) => [service.id, explanations(service, byId)]));
  const rootOf = new Map<string, S>();
  for (const service of troubled) rootOf.set(service.id, followToRoot(service, causes));

  const troubles = new Map<string, S[]>();
  for (const service of troubled) {
    const root = rootOf.get(service.id) as S;
    troubles.set(root.id, [...(troubles.get(root.id) ?? []), service]);
  }
  return [...troubles]
    .map(([rootId, members]) => {
      const root = byId.get(rootId) as S;
      const distance = distancesTo(root.id, members, byId);
      const symptoms = members
        .filter((member) => member.id !== rootId)
        .sort((a, b) => (distance.get(a.id) ?? 0) - (distance.get(b.id) ?? 0) || a.id.localeCompare(b.id));
      return { root, symptoms, chain: chainFrom(root, symptoms, distance, byId) };
    })
    .sort(
      (a, b) => worstRank(b) - worstRank(a) || b.symptoms.length - a.symptoms.length || onset(a.root) - onset(b.root),
    );
}

function inTrouble(service: Suspect): boolean {
  return service.status === "critical" || service.status === "warning";
}

/** Everything upstream that is in trouble and can explain this service's trouble, best explanation first. */
function explanations<S extends Suspect>(service: S, byId: ReadonlyMap<string, S>): S[] {
  const distance = upstreamDistances(service, byId);
  return [...distance.keys()]
    .map((id) => byId.get(id) as S)
    .filter((cause) => cause.id !== service.id && inTrouble(cause) && canExplain(cause, service))
    .sort(
      (a, b) =>
        Number(pointsAt(service, b)) - Number(pointsAt(service, a)) ||
        rank(b.status) - rank(a.status) ||
        (distance.get(a.id) ?? 0) - (distance.get(b.id) ?? 0) ||
        onset(a) - onset(b),
    );
}

/**
 * A cause must be at least as bad as its symptom, or be named by it. Trouble that stays where it is explains nothing, and
 * trouble that starts where it is needs no explanation. Where both run on the same nodes, their troubles must meet on one:
 * a queue on web-01 does not take web-03 out of rotation.
 */
function canExplain(cause: Suspect, symptom: Suspect): boolean {
  if (pointsAt(symptom, cause)) return true;
  const spreading = cause.findings.filter((finding) => finding.contained !== true);
  const explicable = atItsWorst(symptom).filter((finding) => finding.selfMade !== true);
  if (explicable.length === 0 || !spreading.some((finding) => rank(finding.severity) >= rank(symptom.status)))
    return false;
  const common = cause.nodes.filter((node) => symptom.nodes.includes(node));
  if (common.length === 0) return true;
  const causeNodes = nodesNamed(spreading.filter((finding) => finding.severity === cause.status));
  const symptomNodes = nodesNamed(explicable);
  if (causeNodes === "all" || symptomNodes === "all") return true;
  return [...symptomNodes].some((node) => causeNodes.has(node));
}

function pointsAt(symptom: Suspect, cause: Suspect): boolean {
  return symptom.findings.some((finding) => finding.pointsAt === cause.id && finding.severity !== "info");
}

/** The findings that give a service its status. */
function atItsWorst(service: Suspect): Finding[] {
  return service.findings.filter((finding) => finding.severity === service.status);
}

/** The nodes that these findings name; `all` when one of them is about the service as a whole, or there are none. */
function nodesNamed(findings: readonly Finding[]): Set<string> | "all" {
  const nodes = new Set<string>();
  for (const finding of findings) {
    if (finding.node === undefined) return "all";
    nodes.add(finding.node);
  }
  return nodes.size === 0 ? "all" : nodes;
}

function directCauses(service: Suspect): readonly string[] {
  const named = service.findings.flatMap((finding) => (finding.pointsAt === undefined ? [] : [finding.pointsAt]));
  return named.length === 0 ? service.dependsOn : [...service.dependsOn, ...named];
}

function upstreamDistances<S extends Suspect>(from: S, byId: ReadonlyMap<string, S>): Map<string, number> {
  const distance = new Map<string, number>([[from.id, 0]]);
  const queue: S[] = [from];
  for (let at = 0; at < queue.length; at += 1) {
    const service = queue[at] as S;
    for (const id of directCauses(service)) {
      const next = byId.get(id);
      if (next === undefined || distance.has(id)) continue;
      distance.set(id, (distance.get(service.id) ?? 0) + 1);
      queue.push(next);
    }
  }
  return distance;
}

/** Follows the best explanation upwards until nothing explains any more; a cycle ends at its earliest onset. */
function followToRoot<S extends Suspect>(service: S, causes: ReadonlyMap<string, readonly S[]>): S {
  const path: S[] = [];
  let current = service;
  for (;;) {
    const seenAt = path.findIndex((step) => step.id === current.id);
    if (seenAt >= 0) {
      return path
        .slice(seenAt)
        .reduce((a, b) => (onset(b) < onset(a) || (onset(b) === onset(a) && b.id < a.id) ? b : a));
    }
    path.push(current);
    const cause = causes.get(current.id)?.[0];
    if (cause === undefined) return current;
    current = cause;
  }
}

/** How many dependency steps lie between each member and the root. */
function distancesTo<S extends Suspect>(
  rootId: string,
  members: readonly S[],
  byId: ReadonlyMap<string, S>,
): Map<string, number> {
  return new Map(members.map((member) => [member.id, upstreamDistances(member, byId).get(rootId) ?? 0]));
}

/** The longest way from the root downstream through troubled services; of equally long ones, to the worst symptom. */
function chainFrom<S extends Suspect>(
  root: S,
  symptoms: readonly S[],
  distance: ReadonlyMap<string, number>,
  byId: ReadonlyMap<string, S>,
): S[] {
  const far = (symptom: S) => distance.get(symptom.id) ?? 0;
  const [last] = [...symptoms].sort((a, b) => far(b) - far(a) || rank(b.status) - rank(a.status));
  if (last === undefined) return [root];
  const upstream = upstreamDistances(last, byId);
  const between = symptoms
    .filter((symptom) => symptom.id !== last.id && upstream.has(symptom.id))
    .sort((a, b) => (upstream.get(b.id) ?? 0) - (upstream.get(a.id) ?? 0));
  return [root, ...between, last];
}

function rank(status: Status | Severity): number {
  return { ok: 0, info: 0, unknown: 1, warning: 2, critical: 3 }[status];
}

function worstRank<S extends Suspect>(trouble: Trouble<S>): number {
  return Math.max(rank(trouble.root.status), ...trouble.symptoms.map((symptom) => rank(symptom.status)));
}

function onset(service: Suspect): number {
  return service.since ?? Number.POSITIVE_INFINITY;
}
