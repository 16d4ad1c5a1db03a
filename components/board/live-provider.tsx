"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { applyToCache } from "#components/board/apply-to-cache.ts";
import { createBoardClock } from "#components/board/board-clock.ts";
import { createLiveLink, type LinkStatus, type LiveLink } from "#components/board/live-link.ts";
import { leaveWhenSignedOut, reloadIfTurnedAway, reloadUnlessLeaving } from "#components/sign-in/signed-out.ts";
import type { Board } from "#lib/wire/board.ts";
import { boardQuery } from "#lib/wire/queries.ts";

interface Live {
  readonly link: LiveLink;
  readonly clock: ReturnType<typeof createBoardClock>;
}

const LiveContext = createContext<Live | null>(null);

/** Holds the query cache, filled with the board the server painted, and keeps it live by the event stream. */
export function LiveProvider({ board, children }: { readonly board: Board; readonly children: ReactNode }) {
  const [client] = useState(() => seededClient(board));
  const [live] = useState(() => createLive(client, board));
  // The outside systems are the event stream, the clock, and other tabs.
  useEffect(() => {
    live.link.start();
    const stopClock = live.clock.start();
    const stopLeaving = leaveWhenSignedOut();
    return () => {
      stopLeaving();
      live.link.stop();
      stopClock();
    };
  }, [live]);
  return (
    <QueryClientProvider client={client}>
      <LiveContext value={live}>{children}</LiveContext>
    </QueryClientProvider>
  );
}

/** How the event stream is. */
export function useLinkStatus(): LinkStatus {
  const { link } = useLive();
  return useSyncExternalStore(link.subscribe, link.status, link.status);
}

/** The server's clock, ticking once a second; on first paint the time the board was read. */
export function useBoardNow(): number {
  const { clock } = useLive();
  return useSyncExternalStore(clock.subscribe, clock.now, clock.firstNow);
}

function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) throw new Error("LiveProvider is missing above this component");
  return live;
}

function seededClient(board: Board): QueryClient {
  const client = new QueryClient({
    defaultOptions: { queries: { staleTime: 5_000, retry: 1, refetchOnWindowFocus: false } },
  });
  client.setQueryData(boardQuery.queryKey, board);
  return client;
}

function createLive(client: QueryClient, board: Board): Live {
  const known = () => client.getQueryData(boardQuery.queryKey) ?? board;
  const link = createLiveLink({
    open: (seq) => new EventSource(`/api/v1/events?since=${seq}`),
    seq: () => known().seq,
    onFrame: (frame) => applyToCache(client, frame),
    onEnded: reloadUnlessLeaving,
    onFailed: () => void reloadIfTurnedAway(),
    now: () => Date.now(),
    offsetMs: board.at - Date.now(),
  });
  const clock = createBoardClock({
    firstNow: board.at,
    // A frame may be younger than the last tick; nothing on the board is ever from the future.
    read: () => Math.max(Date.now() + link.status().offsetMs, known().at),
    wake: link.subscribe,
  });
  return { link, clock };
}
