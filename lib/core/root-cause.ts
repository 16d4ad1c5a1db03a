import { type Candidate, CandidateSearch, compareCandidates, compareOnsets } from "#lib/core/candidates.ts";
import { strongComponents } from "#lib/core/strong-components.ts";
import { inTrouble, type Profile, profileOf, type Suspect, type Thinness } from "#lib/core/suspect.ts";

export type { Suspect } from "#lib/core/suspect.ts";

/** One trouble: where it starts, and what only follows from it. */
export interface Trouble<S extends Suspect> {
  readonly root: S;
  /** From the root to the symptom furthest from it, all of them in trouble. The first is the root. */
  readonly chain: readonly S[];
  /** All services whose trouble this root explains, nearest first. */
  readonly symptoms: readonly S[];
  /** Which cause was followed from each symptom. */
  readonly links: readonly Link<S>[];
  /** Why the way from the chain's end to its root is not certain; empty when it is. */
  readonly thin: readonly Doubt<S>[];
}

/** A symptom and the cause that explains it best. */
export interface Link<S extends Suspect> {
  readonly symptom: S;
  readonly cause: S;
  readonly named: boolean;
  readonly thin: readonly Thinness[];
}

export interface Doubt<S extends Suspect> {
  readonly why: Thinness;
  readonly link: Link<S>;
}

/**
 * Sorts services in trouble into independent troubles, worst first.
 *
 * A service is a symptom when something it depends on, at any distance, is in trouble and can explain it (`rule` in
 * suspect.ts). Onsets only decide between candidates: polls of different intervals see a symptom before its cause as often
 * as not. Services that cannot be seen (`unknown`) explain nothing and are explained by nothing. Services that explain each
 * other in a circle are explained by what explains one of them from outside; without such, the earliest of them is the root.
 */
export function findTroubles<S extends Suspect>(services: readonly S[]): Trouble<S>[] {
  if (!services.some(inTrouble)) return [];
  const profiles = services.map(profileOf);
  const upstream = new CandidateSearch(profiles);
  const candidates = profiles.map((_, at) => upstream.of(at));
  if (addFromOutside(partsOf(candidates), candidates, upstream)) {
    for (const each of candidates) each.sort((a, b) => compareCandidates(a, b, profiles));
  }
  const parts = partsOf(candidates);
  const partOf = new Int32Array(profiles.length);
  parts.forEach((part, at) => {
    for (const member of part) partOf[member] = at;
  });
  const search: Search<S> = { profiles, candidates, partOf, chosen: new Map(), depth: new Int32Array(profiles.length) };
  const rootOf = new Int32Array(profiles.length).fill(-1);
  const troubles = new Map<number, number[]>();
  // A part comes after all it leads to, so its cause's root is known.
  for (const part of parts) {
    if (!(profiles[part[0] as number] as Profile).troubled) continue;
    const { entry, root } = settle(part, search, rootOf);
    for (const member of inward(entry, part, search)) {
      rootOf[member] = root;
      search.depth[member] = depthOf(member, search, rootOf);
      const members = troubles.get(root);
      if (members === undefined) troubles.set(root, [member]);
      else members.push(member);
    }
  }
  return [...troubles]
    .map(([root, members]) => troubleOf(root, members, search))
    .sort(
      (a, b) =>
        worst(b, search) - worst(a, search) ||
        b.members.length - a.members.length ||
        compareOnsets(profiles[a.root] as Profile, profiles[b.root] as Profile),
    )
    .map(({ trouble }) => trouble);
}

function partsOf(candidates: readonly (readonly Candidate[])[]): number[][] {
  return strongComponents(candidates.map((each) => each.map(({ cause }) => cause)));
}

/** Each search ends at the nearest explanation. Where that only leads round in a circle, what lies behind is looked for. */
function addFromOutside(parts: readonly number[][], candidates: Candidate[][], upstream: CandidateSearch): boolean {
  let added = false;
  for (const part of parts) {
    if (part.length === 1) continue;
    const members = new Set(part);
    if (part.some((member) => candidates[member]?.some(({ cause }) => !members.has(cause)))) continue;
    for (const { member, by } of upstream.outside(part)) {
      candidates[member]?.push(by);
      added = true;
    }
  }
  return added;
}

interface Search<S extends Suspect> {
  readonly profiles: readonly Profile<S>[];
  readonly candidates: readonly (readonly Candidate[])[];
  readonly partOf: Int32Array;
  /** The candidate that was followed from each symptom. */
  readonly chosen: Map<number, Candidate>;
  /** Steps of the longest way from its root. */
  readonly depth: Int32Array;
}

/** Where trouble enters a part: by its best explanation from outside, else where it was seen first. */
function settle<S extends Suspect>(
  part: readonly number[],
  search: Search<S>,
  rootOf: Int32Array,
): { readonly entry: number; readonly root: number } {
  const { profiles, chosen } = search;
  const byOnset = (a: number, b: number) => compareOnsets(profiles[a] as Profile, profiles[b] as Profile);
  const [best] = explanationsFromOutside(part, search).sort(
    (a, b) => compareCandidates(a.by, b.by, profiles) || byOnset(a.member, b.member),
  );
  if (best !== undefined) {
    chosen.set(best.member, best.by);
    return { entry: best.member, root: rootOf[best.by.cause] as number };
  }
  const [first] = [...part].sort(byOnset);
  return { entry: first as number, root: first as number };
}

/** The members' own candidates that are no members. */
function explanationsFromOutside<S extends Suspect>(
  part: readonly number[],
  { candidates, partOf }: Search<S>,
): { readonly member: number; readonly by: Candidate }[] {
  return part.flatMap((member) => {
    const by = candidates[member]?.find(({ cause }) => partOf[cause] !== partOf[member]);
    return by === undefined ? [] : [{ member, by }];
  });
}

/** The members of a part from its entry on, each after the one that explains it. */
function inward<S extends Suspect>(entry: number, part: readonly number[], search: Search<S>): number[] {
  if (part.length === 1) return [entry];
  const explained = new Map<number, { readonly member: number; readonly by: Candidate }[]>();
  const byOnset = [...part].sort((a, b) => compareOnsets(search.profiles[a] as Profile, search.profiles[b] as Profile));
  for (const member of byOnset) {
    for (const by of search.candidates[member] ?? []) {
      const list = explained.get(by.cause);
      if (list === undefined) explained.set(by.cause, [{ member, by }]);
      else list.push({ member, by });
    }
  }
  const order = [entry];
  const reached = new Set(order);
  for (let at = 0; at < order.length; at += 1) {
    for (const { member, by } of explained.get(order[at] as number) ?? []) {
      if (reached.has(member)) continue;
      reached.add(member);
      order.push(member);
      search.chosen.set(member, by);
    }
  }
  return order;
}

/** One more than the deepest of its candidates that belong to the same trouble; those of its own circle do not count. */
function depthOf<S extends Suspect>(member: number, search: Search<S>, rootOf: Int32Array): number {
  const chosen = search.chosen.get(member);
  if (chosen === undefined) return 0;
  let depth = (search.depth[chosen.cause] as number) + 1;
  for (const { cause } of search.candidates[member] ?? []) {
    const foreign = search.partOf[cause] !== search.partOf[member] && rootOf[cause] === rootOf[member];
    if (foreign) depth = Math.max(depth, (search.depth[cause] as number) + 1);
  }
  return depth;
}

interface Counted<S extends Suspect> {
  readonly root: number;
  readonly members: readonly number[];
  readonly trouble: Trouble<S>;
}

function troubleOf<S extends Suspect>(root: number, members: readonly number[], search: Search<S>): Counted<S> {
  const { profiles, depth } = search;
  const suspect = (at: number) => (profiles[at] as Profile<S>).suspect;
  const far = (at: number) => depth[at] as number;
  const symptoms = members
    .filter((member) => member !== root)
    .sort((a, b) => far(a) - far(b) || (suspect(a).id < suspect(b).id ? -1 : 1));
  const last = symptoms.reduce((felt, each) => {
    const deeper = far(each) - far(felt) || (profiles[each] as Profile).rank - (profiles[felt] as Profile).rank;
    return felt === root || deeper > 0 ? each : felt;
  }, root);
  const links = new Map(symptoms.map((each) => [each, linkOf(each, search)]));
  const trouble = {
    root: suspect(root),
    chain: chainTo(last, root, new Set(members), search).map(suspect),
    symptoms: symptoms.map(suspect),
    links: [...links.values()],
    thin: doubtsOf(last, search, links),
  };
  return { root, members, trouble };
}

function linkOf<S extends Suspect>(symptom: number, { profiles, chosen }: Search<S>): Link<S> {
  const { cause, ruling } = chosen.get(symptom) as Candidate;
  const suspect = (at: number) => (profiles[at] as Profile<S>).suspect;
  return { symptom: suspect(symptom), cause: suspect(cause), named: ruling.named, thin: ruling.thin };
}

/** The longest way back to the root, each step to the deepest candidate. */
function chainTo<S extends Suspect>(
  last: number,
  root: number,
  members: ReadonlySet<number>,
  search: Search<S>,
): number[] {
  const chain = [last];
  for (let here = last; here !== root; ) {
    const chosen = search.chosen.get(here) as Candidate;
    const deeper = (search.candidates[here] ?? [])
      .filter(
        ({ cause }) => members.has(cause) && (search.depth[cause] as number) === (search.depth[here] as number) - 1,
      )
      .filter(({ cause }) => search.partOf[cause] !== search.partOf[here]);
    here = (deeper.find(({ cause }) => cause === chosen.cause) ?? deeper[0] ?? chosen).cause;
    chain.unshift(here);
  }
  return chain;
}

/** What is uncertain on the way that was followed from the last symptom to the root. */
function doubtsOf<S extends Suspect>(
  last: number,
  { chosen }: Search<S>,
  links: ReadonlyMap<number, Link<S>>,
): Doubt<S>[] {
  const doubts: Doubt<S>[] = [];
  for (let at: number | undefined = last; at !== undefined; at = chosen.get(at)?.cause) {
    const link = links.get(at);
    if (link !== undefined) doubts.push(...link.thin.map((why) => ({ why, link })));
  }
  return doubts;
}

function worst<S extends Suspect>({ members }: Counted<S>, { profiles }: Search<S>): number {
  return Math.max(...members.map((member) => (profiles[member] as Profile).rank));
}
