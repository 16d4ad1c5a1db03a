"use client";

import Link from "next/link";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { useViewer } from "#components/board/viewer.tsx";
import { clockTime } from "#components/board/wall-time.ts";
import { RunbookSign } from "#components/runbook/runbook-line.tsx";
import type { RunbookHandles } from "#components/runbook/use-runbook.ts";
import { Button } from "#components/ui/button.tsx";
import type { RunbookView } from "#lib/wire/runbook.ts";

/** Who follows it, since when, for which incident; and how to join or leave. Reading takes none of it. */
export function FollowBar({
  view,
  handles,
  past,
  blocked,
}: {
  readonly view: RunbookView;
  readonly handles: RunbookHandles;
  readonly past: boolean;
  readonly blocked: string | null;
}) {
  const zone = useTimeZone();
  const viewer = useViewer();
  const { session } = view;
  const { start, mark } = handles;
  if (session === null || session.finishedAt !== null) {
    if (past) return null;
    return (
      <div className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-2">
        <Button variant="primary" blocked={blocked} pending={start.isPending} onClick={() => start.mutate()}>
          Follow it
        </Button>
        <span className="text-faint">
          Reading takes nothing. Following keeps who did what, on which evidence, for the incident.
        </span>
      </div>
    );
  }
  const names = session.followers.map(({ name }) => name);
  const follows = viewer !== null && names.includes(viewer.email);
  return (
    <div
      data-following={session.id}
      className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-2 rounded-md border border-line-2 bg-surface px-3 py-2"
    >
      <RunbookSign />
      <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        <span className="font-medium">
          {names.length === 0
            ? "Nobody is on it now"
            : `${names.join(", ")} ${names.length === 1 ? "follows" : "follow"} it`}
        </span>
        <span className="text-dim">
          {" "}
          · begun <span suppressHydrationWarning>{clockTime(session.startedAt, zone)}</span> by {session.startedBy}
        </span>
        {session.incidentId !== null && (
          <>
            {" · "}
            <Link
              href={`/incidents/${encodeURIComponent(session.incidentId)}`}
              className="text-dim underline hover:text-text"
            >
              its incident
            </Link>
          </>
        )}
      </span>
      {!past &&
        (follows ? (
          <Button pending={mark.isPending} onClick={() => mark.mutate({ kind: "left" })}>
            Leave
          </Button>
        ) : (
          <Button variant="primary" blocked={blocked} pending={start.isPending} onClick={() => start.mutate()}>
            Join
          </Button>
        ))}
    </div>
  );
}
