/** What a fact may be. `null` is "not measured", which is no change. */
export type FactValue = string | number | boolean | null;

/**
 * Something about a watched thing that stands still until somebody or something changes it: a role, a version, a weight, a
 * setting. Counters, times and loads are no facts.
 */
export interface Fact {
  /** What it is about, as its readers name it: `web-02`, `learn/web-02`, `pg-a`. */
  readonly subject: string;
  /** `version`, `weight`, `role`. */
  readonly name: string;
  readonly value: FactValue;
}

export interface FactChange {
  readonly subject: string;
  readonly name: string;
  readonly from: Exclude<FactValue, null>;
  readonly to: Exclude<FactValue, null>;
}

/** The last measured value of each fact of a service. */
export type KnownFacts = ReadonlyMap<string, Fact>;

/** A watched server decides how much it tells; these decide how much is remembered and reported of it. */
export const factBounds = { known: 4_000, changesPerPoll: 50, valueLength: 300 } as const;

/**
 * Takes what one poll told into what is known, and says what is different. A fact that was not measured keeps its last
 * value: a server that is upgraded while it does not answer shows the upgrade when it is back. A fact that is seen for the
 * first time is news of the watching, not of the watched, and so no change. Pure.
 */
export function learnFacts(
  known: KnownFacts,
  facts: readonly Fact[],
): { readonly known: KnownFacts; readonly changes: readonly FactChange[] } {
  const changes: FactChange[] = [];
  let next: Map<string, Fact> | undefined;
  for (const fact of facts) {
    if (fact.value === null) continue;
    const value = bounded(fact.value);
    const key = `${fact.subject}\n${fact.name}`;
    const before = (next ?? known).get(key);
    if (before?.value === value) continue;
    if (before === undefined && (next ?? known).size >= factBounds.known) continue;
    next ??= new Map(known);
    next.set(key, { subject: fact.subject, name: fact.name, value });
    if (before === undefined || before.value === null) continue;
    changes.push({ subject: fact.subject, name: fact.name, from: before.value, to: value });
  }
  return { known: next ?? known, changes };
}

/** `web-02: version 2.6.12 → 2.6.13`. */
export function factChangeWords({ subject, name, from, to }: FactChange): string {
  return `${subject}: ${name} ${valueWords(from)} → ${valueWords(to)}`;
}

function valueWords(value: FactChange["from"]): string {
  if (value === "") return "none";
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}

function bounded(value: Exclude<FactValue, null>): Exclude<FactValue, null> {
  return typeof value === "string" && value.length > factBounds.valueLength
    ? `${value.slice(0, factBounds.valueLength - 1)}…`
    : value;
}

/** Names as one value, so that one that came or went is a change. The order a server tells them in means nothing. */
export function namesFact(names: readonly string[]): string {
  return names.toSorted().join(", ");
}
