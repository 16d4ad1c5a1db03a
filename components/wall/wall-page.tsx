"use client";

import { type ReactNode, useSyncExternalStore } from "react";
import { BrandMark } from "#components/board/brand-mark.tsx";
import { markOf, type ShownService } from "#components/board/shown-board.ts";
import { SilenceBanner } from "#components/board/silence-banner.tsx";
import { silenceOf } from "#components/board/silence-watch.tsx";
import { wholeSeconds } from "#components/ui/age.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { StatusMark } from "#components/ui/status-mark.tsx";
import { useFirstBoard, useWallBoard } from "#components/wall/use-wall-board.ts";
import type { Board } from "#lib/wire/board.ts";

/** A board to be read from across the room. It shows what its link is for, and nothing on it can be pressed. */
export function WallPage() {
  const token = useFragment();
  const [state, askAnew] = useFirstBoard(token);
  if (token === "" || state.kind === "refused") {
    return (
      <Told title="This link opens no wall">
        It was revoked, has expired, or is not whole. Whoever administers Pitwall can make another: Settings → Tokens.
      </Told>
    );
  }
  if (token === null || state.kind === "asking") return <Told title="One moment …">The board is asked for.</Told>;
  if (state.kind === "unreachable") {
    return <Told title="Pitwall does not answer">Nothing is known. This page tries again by itself.</Told>;
  }
  return <LiveWall key={state.board.at} first={state.board} token={token} onAnew={askAnew} />;
}

/** What stands behind the # of the address; `null` before the browser has taken over. */
function useFragment(): string | null {
  const subscribe = (changed: () => void) => {
    window.addEventListener("hashchange", changed);
    return () => window.removeEventListener("hashchange", changed);
  };
  return useSyncExternalStore(
    subscribe,
    () => window.location.hash.slice(1),
    () => null,
  );
}

function Told({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-3xl flex-col justify-center px-6">
      <h1 className="text-balance font-semibold text-[2rem] tracking-tight">{title}</h1>
      <p className="mt-3 text-[1.35rem] text-dim">{children}</p>
    </main>
  );
}

function LiveWall({
  first,
  token,
  onAnew,
}: {
  readonly first: Board;
  readonly token: string;
  readonly onAnew: () => void;
}) {
  const live = useWallBoard(first, token, onAnew);
  const { shown, now } = live;
  const silence = silenceOf(live);
  return (
    <main data-wall={silence === null ? shown.verdict.status : "unknown"} className="flex min-h-dvh flex-col gap-6 p-6">
      {silence === null ? (
        <h1 className="flex items-baseline gap-4 text-balance font-semibold text-[2.75rem] leading-tight tracking-tight [overflow-wrap:anywhere]">
          <StatusMark mark={shown.verdict.status} size="xl" label={null} />
          <span className="min-w-0">{shown.verdict.sentence}</span>
        </h1>
      ) : (
        <SilenceBanner silence={silence} />
      )}
      <ul className="grid flex-1 auto-rows-min grid-cols-[repeat(auto-fill,minmax(min(100%,22rem),1fr))] gap-4">
        {shown.services.map((each) => (
          <Tile key={each.service.id} shown={each} now={now} />
        ))}
      </ul>
      <footer className="flex items-center gap-3 text-dim text-md">
        <BrandMark /> pitwall
        <span className="flex-1" />
        <span>
          {silence === null ? "Live" : "Not live"} · told {wholeSeconds(Math.max(0, now - live.board.at))} ago
        </span>
      </footer>
    </main>
  );
}

function Tile({ shown, now }: { readonly shown: ShownService; readonly now: number }) {
  const { service, freshness } = shown;
  const mark = markOf(shown);
  return (
    <li
      data-service={service.id}
      className={classNames(
        "rounded-xl border bg-surface px-5 py-4",
        mark === "critical" ? "border-crit" : mark === "warning" ? "border-warn" : "border-line",
        freshness.stale !== null && "border-dashed",
      )}
    >
      <h2 className="flex items-baseline gap-3 font-semibold text-[1.75rem] tracking-tight">
        <StatusMark mark={mark} size="xl" />
        <span className="min-w-0 [overflow-wrap:anywhere]">{service.name}</span>
      </h2>
      <p className="mt-1.5 line-clamp-3 text-[1.35rem] text-dim [overflow-wrap:anywhere]">{service.summary}</p>
      {service.status !== "ok" && service.since !== null && (
        <p className="mt-1 text-[1.15rem] text-dim">
          {service.status} for {wholeSeconds(Math.max(0, now - service.since))}
        </p>
      )}
    </li>
  );
}
