import type { Finding } from "#lib/core/finding.ts";
import { type Cover, holdsAt, isCovered } from "#lib/core/planned.ts";
import type { Status } from "#lib/core/status.ts";
import type { Part, Suspect } from "#lib/core/suspect.ts";

/** A dependency that nobody declared: Pitwall found it in what two services say. */
export interface FoundDependency {
  /** Id of the service that is depended on. */
  readonly id: string;
  /** Why Pitwall thinks so, a sentence each. */
  readonly evidence: readonly string[];
  /** Only these nodes and parts of the dependent service are concerned; all of it when both are absent. */
  readonly nodes?: readonly string[];
  readonly subjects?: readonly string[];
  /** Its own name for a node, and the other service's name for the same machine, where they differ. */
  readonly same?: readonly (readonly [string, string])[];
  /** Who said that it is none: then nothing follows from it. */
  readonly refused?: "config" | "person";
}

/** What the verdict reads of a service of the board. */
export interface VerdictInput {
  readonly id: string;
  readonly name: string;
  readonly status: Status;
  readonly since: number | null;
  readonly checkedAt?: number | null;
  readonly intervalMs?: number;
  readonly dependsOn: readonly string[];
  readonly found?: readonly FoundDependency[] | undefined;
  readonly findings: readonly Finding[];
  /** Its keys, `metric|node|subject`, tell which nodes a service has; its statuses, since when it is in trouble. */
  readonly trend: {
    readonly series: Readonly<Record<string, unknown>>;
    readonly at?: readonly number[];
    readonly status?: readonly Status[];
  };
  readonly actions: readonly { readonly id: string; readonly title: string; readonly blocked: string | null }[];
  /** Planned work on it; the trouble of a service that is covered as a whole does not count. */
  readonly maintenance?: readonly Cover[];
}

/** A service of the board as root cause sees it, with the board's own words beside it. */
export interface Subject extends Suspect {
  readonly told: VerdictInput;
  /** In maintenance as a whole right now. */
  readonly covered: boolean;
}

/** Adds found dependencies to the declared ones, gives each machine one name, and looks up when the trouble began. */
export function subjectsOf(services: readonly VerdictInput[], now: number): Subject[] {
  return services.map((told) => subjectOf(told, now));
}

/** Most of a large board is well and found to depend on nothing: for those one object is made, and nothing beside it. */
function subjectOf(told: VerdictInput, now: number): Subject {
  const covered = isCovered(told, now);
  const { status, since, findings } = covered && told.status === "unknown" ? takenForDown(told, now) : told;
  const own = renamed(told);
  const found = acceptedOf(told);
  const nodes = isTrouble(status) ? nodesOf(told) : nothing;
  return {
    id: told.id,
    status,
    since,
    onset: status === told.status ? onsetOf(told) : since,
    checkedAt: told.checkedAt,
    intervalMs: told.intervalMs,
    dependsOn: found.length === 0 ? told.dependsOn : [...told.dependsOn, ...found.map((each) => each.id)],
    narrow: found.length === 0 ? undefined : narrowOf(found, own),
    findings:
      own.size === 0
        ? findings
        : findings.map((each) => (each.node === undefined ? each : { ...each, node: own.get(each.node) ?? each.node })),
    nodes: own.size === 0 ? nodes : nodes.map((node) => own.get(node) ?? node),
    told,
    covered,
  };
}

const nothing: readonly never[] = [];

function narrowOf(found: readonly FoundDependency[], own: ReadonlyMap<string, string>): Record<string, Part> {
  return Object.fromEntries(
    found.flatMap(({ id, nodes, subjects }) =>
      nodes === undefined
        ? []
        : [[id, { nodes: nodes.map((node) => own.get(node) ?? node), subjects: subjects ?? [] }] as const],
    ),
  );
}

/**
 * What somebody works on and what cannot be seen meanwhile is down by plan, all of it: the host that starts anew answers
 * nobody. Without that, whatever suffers from it would be a trouble of its own and open an incident in the middle of the work.
 */
function takenForDown(
  { maintenance = [], since }: VerdictInput,
  now: number,
): { readonly status: Status; readonly since: number; readonly findings: readonly Finding[] } {
  const begun = maintenance.filter((cover) => holdsAt(cover, now)).map(({ from }) => from);
  const unseen: Finding = { rule: "unseen", severity: "critical", message: "cannot be seen", selfMade: true };
  return { status: "critical", since: Math.min(since ?? now, ...begun), findings: [unseen] };
}

/** What was found, not declared as well, and not refused. */
function acceptedOf({ found, dependsOn }: VerdictInput): readonly FoundDependency[] {
  if (found === undefined || found.length === 0) return nothing;
  return found.filter((each) => each.refused === undefined && !dependsOn.includes(each.id));
}

/** Own names of nodes that another service knows by another name. A name that would mean two machines keeps its own. */
function renamed({ found }: VerdictInput): ReadonlyMap<string, string> {
  if (found === undefined || found.length === 0) return ownNames;
  const names = new Map<string, string>();
  const unclear = new Set<string>();
  for (const each of found) {
    if (each.refused !== undefined) continue;
    for (const [own, other] of each.same ?? []) {
      if ((names.get(own) ?? other) !== other) unclear.add(own);
      names.set(own, other);
    }
  }
  for (const own of unclear) names.delete(own);
  return names;
}

/** Nobody else knows them by another. */
const ownNames: ReadonlyMap<string, string> = new Map();

/** Every node that a service is known to have: of its numbers and of its findings. */
export function nodesOf(service: Pick<VerdictInput, "trend" | "findings">): string[] {
  const nodes = new Set<string>();
  for (const key of Object.keys(service.trend.series)) {
    const node = key.split("|")[1];
    if (node) nodes.add(node);
  }
  for (const finding of service.findings) if (finding.node !== undefined) nodes.add(finding.node);
  return [...nodes];
}

/** Since when it has been in trouble without a break, as far as its trend reaches: a warning that grew worse began earlier. */
function onsetOf({ since, status, trend }: VerdictInput): number | null {
  const { at, status: past } = trend;
  if (at === undefined || past === undefined || !isTrouble(status)) return since;
  let onset = since;
  for (let point = at.length - 1; point >= 0 && isTrouble(past[point] ?? "ok"); point -= 1) {
    const then = at[point] as number;
    if (onset !== null && then < onset) onset = then;
  }
  return onset;
}

function isTrouble(status: Status): boolean {
  return status === "warning" || status === "critical";
}
