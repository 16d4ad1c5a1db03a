import { formatDuration } from "#lib/core/duration.ts";
import { findTroubles, type Link } from "#lib/core/root-cause.ts";
import { type Subject, subjectsOf, type VerdictInput } from "#lib/core/subject.ts";
import { type Acquittal, inTrouble, profileOf, rule } from "#lib/core/suspect.ts";
import { doubtWords, predicateOf } from "#lib/core/verdict.ts";

/** Why one service is taken for a root, for a symptom, or for well. */
export interface CauseExplained {
  readonly role: "root" | "symptom" | "none";
  /** The root of the trouble it is part of; itself when it is the root. */
  readonly root: Named | null;
  /** From this service towards the root: which dependency was followed, and on what evidence. */
  readonly followed: readonly { readonly from: Named; readonly to: Named; readonly evidence: readonly string[] }[];
  /** What else is in trouble, or unseen, upstream of it, and why it was not taken. */
  readonly setAside: readonly (Named & { readonly why: string })[];
  /** What follows from it. */
  readonly symptoms: readonly Named[];
}

export interface Named {
  readonly serviceId: string;
  readonly name: string;
  readonly words: string;
}

/** The reasoning behind the board's sentence, as far as it concerns the service `id`. Pure. */
export function explainCause(services: readonly VerdictInput[], id: string, now: number): CauseExplained {
  const subjects = subjectsOf(services, now);
  const byId = new Map(subjects.map((subject) => [subject.id, subject]));
  const subject = byId.get(id);
  const trouble = findTroubles(subjects).find(({ root, symptoms }) =>
    [root, ...symptoms].some((each) => each.id === id),
  );
  if (subject === undefined || trouble === undefined) {
    return { role: "none", root: null, followed: [], setAside: [], symptoms: [] };
  }
  const links = new Map(trouble.links.map((link) => [link.symptom.id, link]));
  const way: Link<Subject>[] = [];
  for (let link = links.get(id); link !== undefined && !way.includes(link); link = links.get(link.cause.id))
    way.push(link);
  const isRoot = trouble.root.id === id;
  return {
    role: isRoot ? "root" : "symptom",
    root: named(trouble.root),
    followed: way.map((link) => ({
      from: named(link.symptom),
      to: named(link.cause),
      evidence: evidenceOf(link, byId),
    })),
    setAside: setAsideBy(subject, new Set(way.map(({ cause }) => cause.id)), byId),
    symptoms: isRoot ? trouble.symptoms.map(named) : [],
  };
}

function named(subject: Subject): Named {
  return { serviceId: subject.id, name: subject.told.name, words: predicateOf(subject) };
}

function evidenceOf(link: Link<Subject>, byId: ReadonlyMap<string, Subject>): string[] {
  const { symptom, cause } = link;
  const [from, to] = [symptom.told.name, cause.told.name];
  const found = symptom.told.found?.find((each) => each.id === cause.id && each.refused === undefined);
  const through = wayBetween(symptom, cause, byId).map((each) => each.told.name);
  return [
    ...(link.named ? [`${from} itself names ${to} as the cause`] : []),
    ...(symptom.told.dependsOn.includes(cause.id) ? [`${from} is declared to depend on ${to}`] : []),
    ...(found === undefined ? [] : found.evidence.map((line) => `found: ${line}`)),
    ...(through.length > 0 ? [`${from} depends on ${to} through ${through.join(", ")}`] : []),
    ...timesOf(symptom, cause),
    ...link.thin.map((why) => `thin: ${doubtWords({ why, link })}`),
  ];
}

function timesOf(symptom: Subject, cause: Subject): string[] {
  const began = cause.onset ?? cause.since;
  if (began === null || began === undefined || symptom.since === null) return [];
  const ahead = symptom.since - began;
  if (ahead === 0) return ["both began at the same time"];
  return [`${cause.told.name} began ${formatDuration(Math.abs(ahead))} ${ahead > 0 ? "before" : "after"}`];
}

/** The services between the two, on the shortest way. */
function wayBetween(symptom: Subject, cause: Subject, byId: ReadonlyMap<string, Subject>): Subject[] {
  const before = new Map<string, string | null>([[symptom.id, null]]);
  for (const at of before.keys()) {
    for (const to of byId.get(at)?.dependsOn ?? []) if (!before.has(to)) before.set(to, at);
  }
  const way: Subject[] = [];
  for (let at = before.get(cause.id) ?? symptom.id; at !== symptom.id; at = before.get(at) ?? symptom.id) {
    const subject = byId.get(at);
    if (subject !== undefined) way.unshift(subject);
  }
  return way;
}

const acquittals: Record<Acquittal, string> = {
  "self-made": "what is wrong here starts here and needs no cause",
  contained: "its trouble stays where it is and hurts nothing above",
  "node-bound": "its trouble hurts only what uses that very node",
  milder: "it is only at a warning that did not rise shortly before",
  "other-nodes": "it is in trouble on other nodes",
  "long-after": "its trouble began long after",
};

function setAsideBy(
  subject: Subject,
  followed: ReadonlySet<string>,
  byId: ReadonlyMap<string, Subject>,
): CauseExplained["setAside"] {
  const symptom = profileOf(subject);
  const upstream = new Set([...symptom.named, ...subject.dependsOn]);
  for (const id of upstream) for (const next of byId.get(id)?.dependsOn ?? []) upstream.add(next);
  upstream.delete(subject.id);
  return [...upstream].flatMap((id) => {
    const other = byId.get(id);
    if (other === undefined || followed.has(id)) return [];
    if (other.status === "unknown")
      return [{ ...named(other), words: "cannot be seen", why: "nobody knows how it is" }];
    if (!inTrouble(other)) return [];
    const ruling = rule(profileOf(other), symptom);
    const why = ruling.explains ? lessLikely(ruling, followed.size > 0) : acquittals[ruling.because];
    return [{ ...named(other), why }];
  });
}

function lessLikely(
  { partial, thin }: { readonly partial: boolean; readonly thin: readonly string[] },
  rivals: boolean,
): string {
  if (!rivals) return "it hangs on this one itself, which was seen first";
  if (partial) return "it explains only some of the nodes";
  if (thin.includes("only-warning")) return "it is only at a warning";
  return "it could explain it too, but another is named, nearer or earlier";
}
