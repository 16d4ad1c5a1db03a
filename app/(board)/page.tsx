import { BoardPage } from "#components/board/board-page.tsx";
import { spanFor } from "#components/moment/moment.ts";
import { boardAt } from "#lib/views/board-at.ts";
import { timelineView } from "#lib/views/timeline-view.ts";
import { guardPage } from "../guard-page.ts";
import { momentAsked, type SearchParams } from "../moment-asked.ts";

/** The board; with `?at=`, as it was then. */
export default async function Page({ searchParams }: { readonly searchParams: SearchParams }) {
  const to = Date.now();
  const { at, path } = await momentAsked("/", searchParams, to);
  const { store, sight } = await guardPage("/", path);
  const [timeline, moment] = await Promise.all([
    timelineView(store, sight, { from: to - spanFor(at, to), to }),
    at === null ? null : boardAt(store, sight, at),
  ]);
  return <BoardPage timeline={timeline} moment={moment} />;
}
