import { BoardPage } from "#components/board/board-page.tsx";
import { momentOf, spanFor } from "#components/moment/moment.ts";
import { boardAt } from "#lib/views/board-at.ts";
import { timelineView } from "#lib/views/timeline-view.ts";
import { guardPage } from "../guard-page.ts";

/** The board; with `?at=`, as it was then. */
export default async function Page({
  searchParams,
}: {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const told = (await searchParams).at;
  const to = Date.now();
  const at = momentOf(typeof told === "string" ? told : null);
  const { store, sight } = await guardPage("/", typeof told === "string" ? `/?at=${encodeURIComponent(told)}` : "/");
  const [timeline, moment] = await Promise.all([
    timelineView(store, sight, { from: to - spanFor(at, to), to }),
    at === null || at > to ? null : boardAt(store, sight, at),
  ]);
  return <BoardPage timeline={timeline} moment={moment} />;
}
