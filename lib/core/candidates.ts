import type { Finding } from "#lib/core/finding.ts";
import { type Part, type Profile, type Ruling, rule } from "#lib/core/suspect.ts";

/** A service upstream in trouble that explains this one's. */
export interface Candidate {
  /** Index of the cause. */
  readonly cause: number;
  readonly distance: number;
  readonly ruling: Extract<Ruling, { explains: true }>;
}

/**
 * Searches for causes upstream: at any distance, through services that are well and through trouble that explains nothing
 * here, but never where no possible cause lies. The arrays are shared by all searches, which keeps each one cheap.
 */
export class CandidateSearch {
  readonly #profiles: readonly Profile[];
  readonly #edges: Edges;
  /** 1 where a possible cause is, or lies upstream. */
  readonly #leads: Uint8Array;
  readonly #possible: readonly number[];
  /** By which walk a service was reached last, and how far from its start. */
  readonly #reached: Int32Array;
  readonly #distance: Int32Array;
  readonly #queue: Int32Array;
  #walks = 0;

  constructor(profiles: readonly Profile[]) {
    this.#profiles = profiles;
    this.#edges = upstreamOf(profiles);
    this.#leads = leadingToCauses(profiles, this.#edges);
    this.#possible = profiles.flatMap((profile, at) => (profile.troubled ? [at] : []));
    this.#reached = new Int32Array(profiles.length).fill(-1);
    this.#distance = new Int32Array(profiles.length);
    this.#queue = new Int32Array(profiles.length);
  }

  /** For a symptom, best first; it ends at the nearest distance that has a full explanation. */
  of(start: number): Candidate[] {
    const profiles = this.#profiles;
    const symptom = profiles[start] as Profile;
    const found: Candidate[] = [];
    if (!symptom.troubled || (!symptom.explicable && symptom.named.size === 0)) return found;
    // What nothing could explain, wherever it lies, is not searched for.
    if (!this.#possible.some((at) => at !== start && rule(profiles[at] as Profile, symptom).explains)) return found;
    this.#walk([start], (here, far) => {
      const ruling = rule(profiles[here] as Profile, symptom);
      if (!ruling.explains) return false;
      found.push({ cause: here, distance: far, ruling });
      return isFull(ruling);
    });
    return found.sort((a, b) => compareCandidates(a, b, profiles));
  }

  /** For members of a circle, the nearest that explain one of them from outside; each with the member it explains. */
  outside(circle: readonly number[]): { readonly member: number; readonly by: Candidate }[] {
    const profiles = this.#profiles;
    const found: { readonly member: number; readonly by: Candidate }[] = [];
    this.#walk(circle, (here, far) => {
      for (const member of circle) {
        const ruling = rule(profiles[here] as Profile, profiles[member] as Profile);
        if (ruling.explains) found.push({ member, by: { cause: here, distance: far, ruling } });
      }
      return found.some(({ by }) => isFull(by.ruling));
    });
    return found;
  }

  /** Walks upstream level by level; `visit` says whether what it sees is explanation enough to end with this level. */
  #walk(starts: readonly number[], visit: (here: number, far: number) => boolean): void {
    const { offsets, targets } = this.#edges;
    const [reached, distance, queue, leads] = [this.#reached, this.#distance, this.#queue, this.#leads];
    const walk = this.#walks;
    this.#walks += 1;
    let end = 0;
    for (const start of starts) {
      reached[start] = walk;
      distance[start] = 0;
      queue[end] = start;
      end += 1;
    }
    let endsAfter = this.#profiles.length;
    for (let at = 0; at < end; at += 1) {
      const here = queue[at] as number;
      const far = distance[here] as number;
      if (far > endsAfter) return;
      if (far > 0 && (this.#profiles[here] as Profile).troubled && visit(here, far)) endsAfter = far;
      if (far >= endsAfter) continue;
      const last = offsets[here + 1] as number;
      for (let edge = offsets[here] as number; edge < last; edge += 1) {
        const to = targets[edge] as number;
        if (reached[to] === walk || leads[to] === 0) continue;
        reached[to] = walk;
        distance[to] = far + 1;
        queue[end] = to;
        end += 1;
      }
    }
  }
}

function isFull({ partial, thin }: Candidate["ruling"]): boolean {
  return !partial && !thin.includes("only-warning");
}

/** Named by the symptom; then the worse; then what explains all of it; then the surer; then the nearer; then the earlier. */
export function compareCandidates(a: Candidate, b: Candidate, profiles: readonly Profile[]): number {
  const [one, other] = [profiles[a.cause] as Profile, profiles[b.cause] as Profile];
  return (
    Number(b.ruling.named) - Number(a.ruling.named) ||
    other.rank - one.rank ||
    Number(a.ruling.partial) - Number(b.ruling.partial) ||
    doubts(a) - doubts(b) ||
    a.distance - b.distance ||
    compareOnsets(one, other)
  );
}

function doubts({ ruling }: Candidate): number {
  return ruling.thin.length === 0 || ruling.thin[0] === "one-check" ? 0 : 1;
}

/** The earlier first; of equal ones by id, so that no order of the list matters. */
export function compareOnsets(a: Profile, b: Profile): number {
  if (a.onset !== b.onset) return a.onset < b.onset ? -1 : 1;
  return a.suspect.id < b.suspect.id ? -1 : a.suspect.id > b.suspect.id ? 1 : 0;
}

interface Edges {
  /** The edges of `i` are `targets[offsets[i]]` up to, without, `targets[offsets[i + 1]]`. */
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
}

/** Where each service leads: what its findings name, what it depends on, and of narrow dependencies those that apply. */
function upstreamOf(profiles: readonly Profile[]): Edges {
  const index = new Map(profiles.map(({ suspect }, at) => [suspect.id, at]));
  const offsets = new Int32Array(profiles.length + 1);
  const targets: number[] = [];
  profiles.forEach((profile, at) => {
    const { dependsOn, narrow } = profile.suspect;
    for (const id of profile.named) {
      const to = index.get(id);
      if (to !== undefined) targets.push(to);
    }
    const applies = narrow === undefined ? always : applicable(profile, narrow);
    for (const id of dependsOn) {
      const to = index.get(id);
      if (to !== undefined && applies(id)) targets.push(to);
    }
    offsets[at + 1] = targets.length;
  });
  return { offsets, targets: Int32Array.from(targets) };
}

function always(): boolean {
  return true;
}

/**
 * Which narrow dependencies can explain: those that concern what is wrong, if together they concern all that is wrong. The
 * balancer does not explain a check that fails on the nodes as well; two dead pools may each have a cause of their own.
 */
function applicable({ open }: Profile, narrow: Readonly<Record<string, Part>>): (id: string) => boolean {
  const concerns = (part: Part) => (finding: Finding) =>
    (finding.node !== undefined && part.nodes.includes(finding.node)) ||
    (finding.node === undefined && finding.subject !== undefined && part.subjects.includes(finding.subject));
  const parts = Object.entries(narrow);
  const whole = open.every((finding) => parts.some(([, part]) => concerns(part)(finding)));
  const usable = new Set(parts.flatMap(([id, part]) => (whole && open.some(concerns(part)) ? [id] : [])));
  return (id) => narrow[id] === undefined || usable.has(id);
}

/** Marks what is a possible cause or has one upstream: trouble that can spread, or that somebody names. */
function leadingToCauses(profiles: readonly Profile[], { offsets, targets }: Edges): Uint8Array {
  const named = new Set<string>();
  for (const profile of profiles) for (const id of profile.named) named.add(id);
  const counts = new Int32Array(profiles.length + 1);
  for (const to of targets) counts[to + 1] = (counts[to + 1] as number) + 1;
  for (let at = 0; at < profiles.length; at += 1) counts[at + 1] = (counts[at + 1] as number) + (counts[at] as number);
  const filled = counts.slice();
  const dependants = new Int32Array(targets.length);
  for (let from = 0; from < profiles.length; from += 1) {
    for (let edge = offsets[from] as number; edge < (offsets[from + 1] as number); edge += 1) {
      const to = targets[edge] as number;
      dependants[filled[to] as number] = from;
      filled[to] = (filled[to] as number) + 1;
    }
  }
  const leads = new Uint8Array(profiles.length);
  const queue: number[] = [];
  profiles.forEach((profile, at) => {
    const harmless = profile.spreads === 0 && profile.hurts === 0 && !named.has(profile.suspect.id);
    if (!profile.troubled || harmless) return;
    leads[at] = 1;
    queue.push(at);
  });
  for (let next = 0; next < queue.length; next += 1) {
    const here = queue[next] as number;
    for (let edge = counts[here] as number; edge < (counts[here + 1] as number); edge += 1) {
      const from = dependants[edge] as number;
      if (leads[from] === 1) continue;
      leads[from] = 1;
      queue.push(from);
    }
  }
  return leads;
}
