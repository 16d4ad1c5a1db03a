import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { applyFrame, isOtherStore } from "#components/board/apply-frame.ts";
import { createBoardClock } from "#components/board/board-clock.ts";
import { createLiveLink } from "#components/board/live-link.ts";
import { type ShownBoard, shownBoard } from "#components/board/shown-board.ts";
import type { LiveBoard } from "#components/board/use-live-board.ts";
import { bearerStream } from "#components/wall/bearer-stream.ts";
import type { Board } from "#lib/wire/board.ts";
import { boardDto } from "#lib/wire/board.ts";
import type { Frame } from "#lib/wire/events.ts";

export type WallState =
  | { readonly kind: "asking" }
  | { readonly kind: "refused" }
  | { readonly kind: "unreachable" }
  | { readonly kind: "board"; readonly board: Board };

const askAgainMs = 5_000;

/** The board a wall's token opens; asked for again until there is one, unless the token opens nothing. */
export function useFirstBoard(token: string | null): [WallState, () => void] {
  const [state, setState] = useState<WallState>({ kind: "asking" });
  const [asked, setAsked] = useState(0);
  // The outside system is the server.
  useEffect(() => {
    if (token === null) return;
    const ended = new AbortController();
    let retry: ReturnType<typeof setTimeout> | undefined;
    void ask(token, ended.signal).then((next) => {
      if (ended.signal.aborted) return;
      setState(next);
      if (next.kind === "unreachable") retry = setTimeout(() => setAsked(asked + 1), askAgainMs);
    });
    return () => {
      ended.abort();
      clearTimeout(retry);
    };
  }, [token, asked]);
  return [state, () => setAsked((count) => count + 1)];
}

async function ask(token: string, signal: AbortSignal): Promise<WallState> {
  try {
    const headers = { authorization: `Bearer ${token}`, accept: "application/json" };
    const response = await fetch("/api/v1/board", { headers, credentials: "omit", cache: "no-store", signal });
    if (response.status === 401 || response.status === 403) return { kind: "refused" };
    const parsed = boardDto.safeParse(await response.json());
    return response.ok && parsed.success ? { kind: "board", board: parsed.data } : { kind: "unreachable" };
  } catch {
    return { kind: "unreachable" };
  }
}

/** That board kept live by the event stream. `onAnew`: the whole must be asked for again. */
export function useWallBoard(first: Board, token: string, onAnew: () => void): LiveBoard {
  const [live] = useState(() => createLive(first, token, onAnew));
  useEffect(() => {
    live.link.start();
    const stopClock = live.clock.start();
    return () => {
      live.link.stop();
      stopClock();
    };
  }, [live]);
  const board = useSyncExternalStore(live.link.subscribe, live.board, live.board);
  const now = useSyncExternalStore(live.clock.subscribe, live.clock.now, live.clock.firstNow);
  const link = useSyncExternalStore(live.link.subscribe, live.link.status, live.link.status);
  const shown: ShownBoard = useMemo(() => shownBoard(board, now), [board, now]);
  return { board, shown, now, link };
}

function createLive(first: Board, token: string, onAnew: () => void) {
  let board = first;
  const take = (frame: Frame) => {
    if (isOtherStore(board, frame)) onAnew();
    else board = applyFrame(board, frame);
  };
  const link = createLiveLink({
    open: (seq) => bearerStream(`/api/v1/events?since=${seq}`, token, onAnew),
    seq: () => board.seq,
    onFrame: take,
    onEnded: onAnew,
    onFailed: () => undefined,
    now: () => Date.now(),
    offsetMs: first.at - Date.now(),
  });
  const clock = createBoardClock({
    firstNow: first.at,
    read: () => Math.max(Date.now() + link.status().offsetMs, board.at),
    wake: link.subscribe,
  });
  return { link, clock, board: () => board };
}
