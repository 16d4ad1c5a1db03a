"use client";

import { Age } from "#components/ui/age.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import type { PollerDto } from "#lib/wire/board.ts";

/** What the poller could not do about its own affairs: a quiet strip, but one that stays until it is mended. */
export function PollerNotices({ notices, now }: { readonly notices: PollerDto["notices"]; readonly now: number }) {
  if (notices.length === 0) return null;
  return (
    <ul aria-label="Notices of Pitwall itself" className="mt-3 flex flex-col gap-1.5">
      {notices.map((notice) => (
        <li
          key={`${notice.kind} ${notice.message}`}
          className="flex items-baseline gap-2 rounded-md border border-warn/35 bg-warn-bg px-3 py-1.5"
        >
          <StatusMark mark="warning" className="translate-y-px" />
          <span className="min-w-0 flex-1 whitespace-pre-line [overflow-wrap:anywhere]">{notice.message}</span>
          <span className="flex-none text-faint">
            <Age at={notice.since} now={now} />
          </span>
        </li>
      ))}
    </ul>
  );
}
