"use client";

import { useLiveBoard } from "#components/board/use-live-board.ts";
import type { Status } from "#lib/core/status.ts";
import type { Verdict } from "#lib/wire/board.ts";

const signs: Readonly<Record<Status, string>> = { ok: "●", unknown: "○", warning: "▲", critical: "■" };

/** Title and icon of the browser tab: they say how things are while the tab is in the background. */
export function PageTitle({ page }: { readonly page?: string }) {
  const { shown } = useLiveBoard();
  const { status } = shown.verdict;
  const counts = countWords(
    shown.verdict,
    shown.services.flatMap(({ service, covered }) => (covered ? [] : [service.status])),
  );
  return (
    <>
      <title>{`${signs[status]} ${counts} — ${page === undefined ? "Pitwall" : `${page} — Pitwall`}`}</title>
      <link key={status} rel="icon" type="image/svg+xml" href={`/icon-${status}.svg`} />
    </>
  );
}

/** `2 critical`, `1 warning`, `3 unknown`, `all well`: the worst kind of trouble and how many have it. */
export function countWords(verdict: Pick<Verdict, "status" | "total">, services: readonly Status[]): string {
  if (verdict.total === 0) return "nothing watched";
  if (verdict.status === "ok") return "all well";
  return `${services.filter((status) => status === verdict.status).length} ${verdict.status}`;
}
