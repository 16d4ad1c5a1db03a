import { BoardPage } from "#components/board/board-page.tsx";
import { momentOf, spanFor } from "#components/moment/moment.ts";
import { boardAt } from "#lib/views/board-at.ts";
import { timelineView } from "#lib/views/timeline-view.ts";
import { openedStore } from "../store.ts";

/** The board; with `?at=`, as it was then. */
export default async function Page({
  searchParams,
}: {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const told = (await searchParams).at;
  const to = Date.now();
  const at = momentOf(typeof told === "string" ? told : null);
  const store = await openedStore();
  const [timeline, moment] = await Promise.all([
    timelineView(store, { from: to - spanFor(at, to), to }),
    at === null || at > to ? null : boardAt(store, at),
  ]);
  return <BoardPage timeline={timeline} moment={moment} />;
}
