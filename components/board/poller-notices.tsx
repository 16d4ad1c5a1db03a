"use client";

import { Age } from "#components/ui/age.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { StatusMark } from "#components/ui/status-mark.tsx";
import { blindNotice } from "#lib/core/distrust.ts";
import type { PollerDto } from "#lib/wire/board.ts";

/** What the poller could not do about its own affairs: a quiet strip, but one that stays until it is mended. */
export function PollerNotices({ notices, now }: { readonly notices: PollerDto["notices"]; readonly now: number }) {
  if (notices.length === 0) return null;
  return (
    <ul aria-label="Notices of Pitwall itself" className="mt-3 flex flex-col gap-1.5">
      {notices.map((notice) => (
        <li
          key={`${notice.kind} ${notice.message}`}
          data-notice={notice.kind}
          className={classNames(
            "flex items-baseline gap-2 rounded-md border px-3 py-1.5",
            notice.kind === blindNotice ? "border-2 border-crit border-dashed bg-crit-bg" : "border-warn/35 bg-warn-bg",
          )}
        >
          <StatusMark mark={notice.kind === blindNotice ? "unknown" : "warning"} className="translate-y-px" />
          <span className="min-w-0 flex-1 whitespace-pre-line [overflow-wrap:anywhere]">{notice.message}</span>
          <span className="flex-none text-faint">
            <Age at={notice.since} now={now} />
          </span>
        </li>
      ))}
    </ul>
  );
}
