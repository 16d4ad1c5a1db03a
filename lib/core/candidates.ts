import { type Profile, type Ruling, rule, type Suspect } from "#lib/core/suspect.ts";

/** A service upstream in trouble that explains this one's. */
export interface Candidate {
  /** Index of the cause. */
  readonly cause: number;
  readonly distance: number;
  readonly ruling: Extract<Ruling, { explains: true }>;
}

/**
 * For each service in trouble the candidates for its cause, best first; empty for all others. Looked for at any distance,
 * through services that are well and through trouble that explains nothing here; behind a full explanation the search
 * ends, because what explains that one is found from there.
 */
export function candidatesOf<S extends Suspect>(profiles: readonly Profile<S>[]): Candidate[][] {
  const upstream = upstreamOf(profiles);
  const stamp = new Int32Array(profiles.length).fill(-1);
  const distance = new Int32Array(profiles.length);
  const queue = new Int32Array(profiles.length);
  return profiles.map((symptom, start) => {
    const found: Candidate[] = [];
    if (!symptom.troubled) return found;
    let end = 0;
    const reach = (to: number, far: number) => {
      if (stamp[to] === start) return;
      stamp[to] = start;
      distance[to] = far;
      queue[end] = to;
      end += 1;
    };
    reach(start, 0);
    for (let at = 0; at < end; at += 1) {
      const here = queue[at] as number;
      const profile = profiles[here] as Profile<S>;
      if (here !== start && profile.troubled) {
        const ruling = rule(profile, symptom);
        if (ruling.explains) found.push({ cause: here, distance: distance[here] as number, ruling });
        if (ruling.explains && !ruling.partial && profile.spreads >= symptom.rank) continue;
      }
      const next = upstream[here] as readonly number[];
      for (let edge = 0; edge < next.length; edge += 1) reach(next[edge] as number, (distance[here] as number) + 1);
    }
    return found.sort((a, b) => compareCandidates(a, b, profiles));
  });
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
  return ruling.thin.filter((thin) => thin !== "one-check").length;
}

/** The earlier first; of equal ones by id, so that no order of the list matters. */
export function compareOnsets(a: Profile, b: Profile): number {
  if (a.onset !== b.onset) return a.onset < b.onset ? -1 : 1;
  return a.suspect.id < b.suspect.id ? -1 : a.suspect.id > b.suspect.id ? 1 : 0;
}

/** Where each service leads: what it depends on, what its findings name, and of narrow dependencies those that apply. */
function upstreamOf(profiles: readonly Profile[]): number[][] {
  const index = new Map(profiles.map(({ suspect }, at) => [suspect.id, at]));
  return profiles.map((profile) => {
    const { dependsOn, narrow } = profile.suspect;
    const ids = [...profile.named, ...dependsOn.filter((id) => applies(profile, narrow?.[id]))];
    return ids.flatMap((id) => index.get(id) ?? []);
  });
}

/** A dependency of some nodes only explains what is wrong on no others. */
function applies({ symptomNodes }: Profile, nodes: readonly string[] | undefined): boolean {
  if (nodes === undefined) return true;
  return symptomNodes !== null && [...symptomNodes].every((node) => nodes.includes(node));
}
