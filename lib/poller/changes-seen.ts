import { type FactChange, factBounds, factChangeWords, type KnownFacts, learnFacts } from "#lib/core/fact.ts";
import type { Manifest } from "#lib/integrations/integration.ts";
import type { Watched } from "#lib/poller/watched.ts";
import type { NewEvent } from "#lib/store/events.ts";

/**
 * Takes a good sample's facts into what is known of the service, and tells what changed as events. What the last life of
 * the poller saw (`lastDetail`) is where a new one begins, so that a change during its absence is told too.
 */
export function changesSeen(
  watched: Pick<Watched, "service" | "integration" | "facts">,
  lastDetail: unknown,
  detail: unknown,
  at: number,
): NewEvent[] {
  const { service, integration } = watched;
  const factsOf = integration.manifest.facts;
  if (factsOf === undefined) return [];
  const { known, changes } = learnFacts(watched.facts ?? begin(factsOf, lastDetail), factsOf(detail));
  watched.facts = known;
  const told = changes.slice(0, factBounds.changesPerPoll);
  const more = changes.length - told.length;
  const about = { at, kind: "change" as const, serviceId: service.id };
  return [
    ...told.map((change: FactChange) => ({
      ...about,
      text: `${service.name}: ${factChangeWords(change)}`,
      change: { ...change },
    })),
    ...(more > 0 ? [{ ...about, text: `${service.name}: ${more} more changes at once` }] : []),
  ];
}

/** An older version may have stored the last detail in another shape: then there is nothing to compare with yet. */
function begin(factsOf: NonNullable<Manifest["facts"]>, lastDetail: unknown): KnownFacts {
  const nothing: KnownFacts = new Map();
  if (lastDetail === null || lastDetail === undefined) return nothing;
  try {
    return learnFacts(nothing, factsOf(lastDetail)).known;
  } catch {
    return nothing;
  }
}
