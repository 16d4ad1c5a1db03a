"use client";

import { useQuery } from "@tanstack/react-query";
import type { OfferDto } from "#lib/wire/board.ts";

/** Whether a pattern matches the whole of a text. */
export type Matches = (pattern: string, text: string) => boolean;

/**
 * Pitwall's own pattern engine, for what is typed into these fields. It is fetched when one of them has a pattern; until it
 * is there every text may be sent, and the server judges it.
 */
export function useMatches(fields: OfferDto["params"]): Matches {
  const { data } = useQuery({
    queryKey: ["pattern-engine"],
    queryFn: async () => ({ matches: (await import("#lib/core/pattern.ts")).matchesWhole }),
    enabled: fields.some(({ input }) => input?.type === "text"),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data?.matches ?? anything;
}

function anything(): boolean {
  return true;
}
