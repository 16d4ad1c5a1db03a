"use client";

import { usePathname } from "next/navigation";
import { AutomationBanner } from "#components/board/automation-banner.tsx";
import { PollerNotices } from "#components/board/poller-notices.tsx";
import { type Silence, SilenceBanner } from "#components/board/silence-banner.tsx";
import { type LiveBoard, useLiveBoard } from "#components/board/use-live-board.ts";
import { useMoment } from "#components/moment/moment-provider.tsx";

/** Above every page: whether anything on it is known to be current, and what Pitwall could not do about its own affairs. */
export function SilenceWatch() {
  const live = useLiveBoard();
  const { at } = useMoment();
  const pathname = usePathname();
  // What is shown of the past does not turn old; the top bar goes on telling how things are now.
  const silence = at === null ? silenceOf(live) : null;
  return (
    <>
      {silence !== null && (
        <SilenceBanner silence={silence} quiet={silence.kind !== "broken" && pathname.startsWith("/settings/")} />
      )}
      <AutomationBanner />
      <PollerNotices notices={live.board.poller.notices} now={live.now} />
    </>
  );
}

/** A broken stream says more than the silence that follows from it, so it comes first. */
export function silenceOf({ board, shown, now, link }: LiveBoard): Silence | null {
  if (link.state === "broken") return { kind: "broken", forMs: now - board.at };
  if (shown.pollerNeverRan) return { kind: "never" };
  return shown.silentForMs === null ? null : { kind: "silent", forMs: shown.silentForMs };
}
