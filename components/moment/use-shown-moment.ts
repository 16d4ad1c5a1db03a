"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { type ShownBoard, shownBoard } from "#components/board/shown-board.ts";
import { useLiveBoard } from "#components/board/use-live-board.ts";
import { useMoment } from "#components/moment/moment-provider.tsx";
import type { Board } from "#lib/wire/board.ts";
import { boardAtQuery } from "#lib/wire/queries.ts";

export interface ShownMoment {
  readonly shown: ShownBoard;
  /** The clock of what is shown: ticking when live, standing still in the past. */
  readonly now: number;
  /** Whether what is shown is of the past; it may still be the moment before the one that was asked for. */
  readonly past: boolean;
  /** Whether the moment that was asked for is still on its way. */
  readonly arriving: boolean;
  /** Why the past cannot be shown. */
  readonly problem: string | null;
}

/** The neighbours of a moment are asked for when it was looked at for so long. */
const prefetchAfterMs = 150;

/**
 * The board to show: the live one, or the one of the moment that is looked at. Until a moment has arrived, the one before
 * stays, so that nothing flickers. `first` is what the server already painted.
 */
export function useShownMoment(first: Board | null): ShownMoment {
  const live = useLiveBoard();
  const { at, settled } = useMoment();
  const { data, error, isPlaceholderData } = useQuery({
    ...boardAtQuery(settled ?? 0),
    enabled: settled !== null,
    ...(first !== null && first.at === settled ? { initialData: first } : {}),
    placeholderData: (before) => before,
  });
  usePrefetch(settled, pollMsOf(live.board), live.now);
  const arrived = useArrived(at !== null, settled !== null && data !== undefined && !isPlaceholderData);
  const then = settled === null || at === null || (isPlaceholderData && !arrived) ? undefined : data;
  const shownThen = useMemo(() => (then === undefined ? null : shownBoard(then, then.at)), [then]);
  const problem = at === null || error === null ? null : error.message;
  const here = at === settled && data !== undefined && !isPlaceholderData;
  const told = { arriving: at !== null && !here && problem === null, problem };
  if (then === undefined || shownThen === null) return { shown: live.shown, now: live.now, past: false, ...told };
  return { shown: shownThen, now: then.at, past: true, ...told };
}

/** One poll of the service that is polled most often. */
export function pollMsOf(board: Board): number {
  return Math.min(...board.services.map(({ intervalMs }) => intervalMs), 60_000);
}

/** Whether a moment has arrived since the past was entered: what an earlier visit showed is no stand-in for this one. */
function useArrived(past: boolean, here: boolean): boolean {
  const [arrived, setArrived] = useState(false);
  useEffect(() => {
    if (!past) setArrived(false);
    else if (here) setArrived(true);
  }, [past, here]);
  return arrived;
}

function usePrefetch(at: number | null, pollMs: number, now: number): void {
  const client = useQueryClient();
  const near = at !== null && at + pollMs < now;
  // The outside system is the server: the next step shall already be here when the key is pressed.
  useEffect(() => {
    if (at === null) return;
    const timer = setTimeout(() => {
      const steps = near ? [at - pollMs, at + pollMs] : [at - pollMs];
      for (const step of steps) void client.prefetchQuery(boardAtQuery(step));
    }, prefetchAfterMs);
    return () => clearTimeout(timer);
  }, [client, at, pollMs, near]);
}
