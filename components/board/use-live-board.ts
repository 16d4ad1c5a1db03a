"use client";

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useBoardNow, useLinkStatus } from "#components/board/live-provider.tsx";
import { type ShownBoard, shownBoard } from "#components/board/shown-board.ts";
import { useViewer } from "#components/board/viewer.tsx";
import type { Board } from "#lib/wire/board.ts";
import { boardQuery } from "#lib/wire/queries.ts";
import { blockedFor } from "#lib/wire/viewer.ts";

export interface LiveBoard {
  readonly board: Board;
  /** What may be shown of it at `now`. */
  readonly shown: ShownBoard;
  readonly now: number;
  readonly link: ReturnType<typeof useLinkStatus>;
}

/** The board as the query cache holds it, weighed anew by its age with each tick of the clock. */
export function useLiveBoard(): LiveBoard {
  const { data: told } = useQuery(boardQuery);
  const viewer = useViewer();
  const now = useBoardNow();
  const link = useLinkStatus();
  if (told === undefined) throw new Error("LiveProvider fills the cache before anything reads the board");
  const board = useMemo(() => (viewer === null ? told : blockedFor(viewer, told)), [told, viewer]);
  const shown = useMemo(() => shownBoard(board, now), [board, now]);
  return { board, shown, now, link };
}
