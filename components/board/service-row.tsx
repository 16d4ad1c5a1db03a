"use client";

import { useState } from "react";
import { Confirmation } from "#components/board/confirmation.tsx";
import { useKind } from "#components/board/kinds.tsx";
import { ServicePanel } from "#components/board/service-panel.tsx";
import { markOf, type ShownService } from "#components/board/shown-board.ts";
import type { OpenAction } from "#components/board/verdict-section.tsx";
import { Age } from "#components/ui/age.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";

/** A service without trouble on a large board: one line, which opens to its panel. */
export function ServiceRow({
  shown,
  now,
  onAction,
  linked,
}: {
  readonly shown: ShownService;
  readonly now: number;
  readonly onAction: OpenAction | null;
  readonly linked: boolean;
}) {
  const [open, setOpen] = useState(false);
  const { service } = shown;
  const kind = useKind(service.kind);
  return (
    <li className="border-line border-t first:border-t-0">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex w-full items-baseline gap-2 px-3.5 py-1.5 text-left hover:bg-raised coarse:py-2.5"
      >
        <StatusMark mark={markOf(shown)} size="sm" />
        <span className="min-w-0 flex-none truncate font-medium max-sm:flex-1">{service.name}</span>
        <span className="min-w-0 flex-1 truncate text-faint max-sm:hidden">
          {kind?.title ?? service.kind} · {service.summary}
        </span>
        {shown.freshness.stale === null && <Confirmation service={service} className="flex-none" />}
        <Age at={service.checkedAt} now={now} never="not checked yet" className="flex-none text-faint" />
      </button>
      {open && (
        <div className="px-2 pb-2">
          <ServicePanel shown={shown} now={now} onAction={onAction} linked={linked} />
        </div>
      )}
    </li>
  );
}
