"use client";

import { useQuery } from "@tanstack/react-query";
import { BoardPanels } from "#components/board/board-panels.tsx";
import { BoardTimeline } from "#components/board/board-timeline.tsx";
import { FirstLines } from "#components/board/first-lines.tsx";
import { PageTitle } from "#components/board/page-title.tsx";
import { silenceOf } from "#components/board/silence-watch.tsx";
import { useLiveBoard } from "#components/board/use-live-board.ts";
import { VerdictSection } from "#components/board/verdict-section.tsx";
import { CareBar } from "#components/incident/care-bar.tsx";
import { useRunHost } from "#components/run/run-host.tsx";
import { timelineQuery } from "#lib/wire/queries.ts";
import type { Timeline } from "#lib/wire/timeline.ts";

/** The live board: a sentence, the panels, the last hours. */
export function BoardPage({ timeline }: { readonly timeline: Timeline }) {
  const live = useLiveBoard();
  const { board, shown, now } = live;
  const { openAction, openRun } = useRunHost();
  const { data = timeline } = useQuery({ ...timelineQuery, initialData: timeline, initialDataUpdatedAt: timeline.to });
  const silence = silenceOf(live);
  if (shown.services.length === 0) {
    return (
      <>
        <PageTitle />
        <FirstLines />
      </>
    );
  }
  return (
    <>
      <PageTitle />
      {silence === null ? <VerdictSection verdict={shown.verdict} onAction={openAction} /> : <div className="h-4" />}
      {silence === null && (
        <div className="-mt-1 mb-3">
          <CareBar
            service={
              shown.services.find(({ service }) => service.id === shown.verdict.chain[0]?.serviceId)?.service ?? null
            }
            services={board.services}
            now={now}
          />
        </div>
      )}
      <BoardPanels services={shown.services} now={now} onAction={openAction} linked />
      <div className="mt-3">
        <BoardTimeline timeline={data} now={now} onRun={openRun} />
      </div>
    </>
  );
}
