"use client";

import { useLiveBoard } from "#components/board/use-live-board.ts";
import { wholeSeconds } from "#components/ui/age.tsx";
import { Tooltip } from "#components/ui/tooltip.tsx";

/** Whether what is on the page is live, and if not, since when. */
export function LiveIndicator() {
  const { board, shown, now, link } = useLiveBoard();
  const beatAgeMs = board.poller.beatAt === null ? null : Math.max(0, now - board.poller.beatAt);
  if (link.state === "broken") return <Indicator lit={false} words="Disconnected" about={brokenWords} />;
  if (shown.pollerNeverRan) return <Indicator lit={false} words="No poller yet" about={neverWords} />;
  if (shown.silentForMs !== null) {
    return <Indicator lit={false} words={`Poller silent · ${wholeSeconds(shown.silentForMs)}`} about={silentWords} />;
  }
  const age = beatAgeMs === null || beatAgeMs < 1_000 ? "now" : `${wholeSeconds(beatAgeMs)} ago`;
  return <Indicator lit={true} words={`Live · ${age}`} about={liveWords} />;
}

const liveWords = "The page hears from the server, and the poller gives a sign of life each second.";
const brokenWords = "This page no longer hears from the server. It tries again by itself.";
const silentWords = "The server answers, but its poller gives no sign of life: nothing is being checked.";
const neverWords = "The server answers, but no poller has run on this store yet.";

function Indicator({ lit, words, about }: { readonly lit: boolean; readonly words: string; readonly about: string }) {
  return (
    <Tooltip text={about} side="bottom">
      <button
        type="button"
        data-live={lit}
        className="flex min-h-8 items-center gap-1.5 whitespace-nowrap rounded-md px-1.5 text-dim"
      >
        <span
          aria-hidden="true"
          className={lit ? "size-[7px] rounded-full bg-ok" : "size-[7px] rounded-full border border-edge border-dashed"}
        />
        <span className="max-sm:sr-only">{words}</span>
      </button>
    </Tooltip>
  );
}
