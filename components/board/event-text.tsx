import Link from "next/link";
import type { TimelineEvent } from "#lib/wire/timeline.ts";

/** What an event says; one of a run or of a runbook leads there. */
export function EventText({ event }: { readonly event: TimelineEvent }) {
  const href = hrefOf(event);
  if (href === null) return event.text;
  return (
    <Link href={href} className="hover:underline">
      {event.text}
    </Link>
  );
}

function hrefOf({ kind, runId, link }: TimelineEvent): string | null {
  if (runId !== null) return `/runs/${encodeURIComponent(runId)}`;
  return (kind === "runbook" || kind === "runbook-step") && link !== undefined ? link : null;
}
