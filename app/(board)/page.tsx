import { BoardPage } from "#components/board/board-page.tsx";
import { timelineView } from "#lib/views/timeline-view.ts";
import { timelineSpanMs } from "#lib/wire/queries.ts";
import { openedStore } from "../store.ts";

/** The board. */
export default async function Page() {
  const to = Date.now();
  const timeline = await timelineView(await openedStore(), { from: to - timelineSpanMs, to });
  return <BoardPage timeline={timeline} />;
}
