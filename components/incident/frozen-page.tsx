"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { BoardPanels } from "#components/board/board-panels.tsx";
import { BoardTimeline } from "#components/board/board-timeline.tsx";
import { BrandMark } from "#components/board/brand-mark.tsx";
import { KindsProvider, type ShownKinds } from "#components/board/kinds.tsx";
import { PollerNotices } from "#components/board/poller-notices.tsx";
import { shownBoard } from "#components/board/shown-board.ts";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { VerdictSection } from "#components/board/verdict-section.tsx";
import { fullTime } from "#components/board/wall-time.ts";
import { FrozenRuns } from "#components/incident/frozen-runs.tsx";
import { frozenTimeline } from "#components/incident/frozen-timeline.ts";
import type { FrozenBoard } from "#lib/wire/snapshot.ts";

/** The board as it was: the same parts as the live one, on a clock that stands still, and nothing on it can be pressed. */
export function FrozenPage({
  frozen,
  expiresAt,
  sha256,
  kinds,
}: {
  readonly frozen: FrozenBoard;
  readonly expiresAt: number;
  readonly sha256: string;
  readonly kinds: ShownKinds;
}) {
  const now = frozen.frozenAt;
  const shown = shownBoard(frozen.board, now);
  // Parts that could ask or send on the live board find a client here, and nothing to do with it.
  const [idle] = useState(() => new QueryClient());
  return (
    <QueryClientProvider client={idle}>
      <KindsProvider kinds={kinds}>
        <FrozenBanner frozen={frozen} expiresAt={expiresAt} />
        <main className="px-3 pb-6 sm:px-5">
          <PollerNotices notices={frozen.board.poller.notices} now={now} />
          <VerdictSection verdict={shown.verdict} onAction={null} linked={false} />
          <BoardPanels services={shown.services} now={now} onAction={null} linked={false} />
          <div className="mt-3">
            <BoardTimeline timeline={frozenTimeline(frozen)} now={now} onRun={null} />
          </div>
          <FrozenRuns runs={frozen.runs} now={now} />
          <footer className="mt-6 text-faint text-xs">
            <p className="[overflow-wrap:anywhere]">
              Sealed as frozen. SHA-256 <span className="font-mono">{sha256}</span>
            </p>
          </footer>
        </main>
      </KindsProvider>
    </QueryClientProvider>
  );
}

function FrozenBanner({ frozen, expiresAt }: { readonly frozen: FrozenBoard; readonly expiresAt: number }) {
  const zone = useTimeZone();
  return (
    <header className="border-line border-b bg-surface">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-maint/40 border-b bg-maint-bg px-3 py-2 sm:px-5">
        <span className="flex items-center gap-2 font-semibold tracking-tight">
          <BrandMark /> pitwall
        </span>
        <p className="min-w-0 flex-1">
          <b>Frozen {fullTime(frozen.frozenAt, zone)}.</b> <span className="text-dim">This is not live.</span>
        </p>
        <p className="text-dim">The link works until {fullTime(expiresAt, zone)}</p>
      </div>
      <div className="px-3 py-2.5 sm:px-5">
        {frozen.title !== frozen.board.verdict.sentence && (
          <p className="font-medium [overflow-wrap:anywhere]">{frozen.title}</p>
        )}
        {frozen.note !== null && <p className="mt-1 max-w-[80ch] whitespace-pre-line text-dim">{frozen.note}</p>}
        <p className="text-faint text-xs">Shared by {frozen.createdBy}</p>
      </div>
    </header>
  );
}
