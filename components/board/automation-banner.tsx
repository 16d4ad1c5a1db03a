"use client";

import { useLiveBoard } from "#components/board/use-live-board.ts";
import { Age } from "#components/ui/age.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import { formatDuration } from "#lib/core/duration.ts";

/** On every page: what rules may not start by themselves now, who said so and why. */
export function AutomationBanner() {
  const { board, now } = useLiveBoard();
  const { automation = [] } = board;
  if (automation.length === 0) return null;
  const nameOf = (id: string) => board.services.find((service) => service.id === id)?.name ?? id;
  return (
    <ul aria-label="Automation that is off" className="mt-3 flex flex-col gap-1.5">
      {automation.map(({ serviceId, by, reason, at, until }) => (
        <li
          key={serviceId ?? ""}
          data-automation={serviceId ?? "all"}
          className="flex flex-wrap items-baseline gap-x-2 rounded-md border border-warn/35 bg-warn-bg px-3 py-1.5"
        >
          <StatusMark mark="warning" className="translate-y-px" />
          <span className="font-medium">
            Automation of {serviceId === null ? "everything" : nameOf(serviceId)} is off
          </span>
          <span className="min-w-0 flex-[1_1_14rem] text-dim [overflow-wrap:anywhere]">
            {by}: {reason}
          </span>
          <span className="flex-none text-faint">
            {until === null
              ? "until somebody switches it on"
              : `on again in ${formatDuration(Math.max(0, until - now))}`}{" "}
            · <Age at={at} now={now} />
          </span>
        </li>
      ))}
    </ul>
  );
}
