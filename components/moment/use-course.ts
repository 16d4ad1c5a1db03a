"use client";

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useLiveBoard } from "#components/board/use-live-board.ts";
import type { Course } from "#components/moment/moment.ts";
import { useMoment } from "#components/moment/moment-provider.tsx";
import { pollMsOf } from "#components/moment/use-shown-moment.ts";
import { timelineQuery } from "#lib/wire/queries.ts";

/** What steps through time go by: polls, what is kept, and when something changed. */
export function useCourse(): Course {
  const { board, now } = useLiveBoard();
  const { spanMs } = useMoment();
  const { data: timeline } = useQuery(timelineQuery(spanMs));
  const pollMs = pollMsOf(board);
  const changes = useMemo(() => timeline?.events.map((event) => event.at).toReversed() ?? [], [timeline]);
  return { now, pollMs, keptFrom: timeline?.keptFrom ?? null, changes };
}
