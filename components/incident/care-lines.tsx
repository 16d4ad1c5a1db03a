"use client";

import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { z } from "zod";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { useLacks } from "#components/board/viewer.tsx";
import { dayAndTime } from "#components/board/wall-time.ts";
import { Button } from "#components/ui/button.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import { holdsAt } from "#lib/core/planned.ts";
import type { BoardService } from "#lib/wire/board.ts";
import { askApi, orThrow } from "#lib/wire/request.ts";

/** What people said about a service's trouble, one line each, with who, why and until when, and the way back. */
export function CareLines({
  service,
  now,
  mayAct,
  className,
}: {
  readonly service: BoardService;
  readonly now: number;
  /** Not in a frozen board. */
  readonly mayAct: boolean;
  readonly className?: string;
}) {
  const zone = useTimeZone();
  const { respond: blocked } = useLacks(service);
  const { maintenance = [], acknowledgement = null, silence = null } = service;
  const path = `/api/v1/services/${encodeURIComponent(service.id)}`;
  const planned = maintenance.filter((mark) => holdsAt(mark, now));
  const held = (mark: { until: number } | null) => mark !== null && now < mark.until;
  if (planned.length === 0 && !held(acknowledgement) && !held(silence)) return null;
  return (
    <ul aria-label={`What was said about ${service.name}`} className={className}>
      {planned.map((mark) => (
        <Line
          key={mark.id}
          sign={<StatusMark mark="maintenance" size="sm" label={null} className="translate-y-px" />}
          title={mark.nodes === null ? "In maintenance" : `In maintenance: ${mark.nodes.join(", ")}`}
          words={mark.note}
          by={`${mark.by}, until ${dayAndTime(mark.until, zone)}`}
          end={
            mayAct
              ? { label: "End now", blocked, path: `/api/v1/maintenance/${encodeURIComponent(mark.id)}/end` }
              : null
          }
        />
      ))}
      {acknowledgement !== null && held(acknowledgement) && (
        <Line
          sign={<Tick />}
          title="Acknowledged"
          words={acknowledgement.words}
          by={`${acknowledgement.by} at ${dayAndTime(acknowledgement.at, zone)}, until ${dayAndTime(acknowledgement.until, zone)}`}
          end={mayAct ? { label: "Undo", blocked, path: `${path}/acknowledge/end` } : null}
        />
      )}
      {silence !== null && held(silence) && (
        <Line
          sign={<Muted />}
          title="Silenced"
          words={silence.words}
          by={`${silence.by} at ${dayAndTime(silence.at, zone)}, until ${dayAndTime(silence.until, zone)}`}
          end={mayAct ? { label: "Undo", blocked, path: `${path}/silence/end` } : null}
        />
      )}
    </ul>
  );
}

function Line({
  sign,
  title,
  words,
  by,
  end,
}: {
  readonly sign: ReactNode;
  readonly title: string;
  readonly words: string;
  readonly by: string;
  readonly end: { readonly label: string; readonly path: string; readonly blocked: string | null } | null;
}) {
  const undo = useMutation({
    mutationFn: (path: string) => orThrow(askApi(path, z.unknown(), { method: "POST", body: {} })),
  });
  return (
    <li className="mb-2 flex flex-wrap items-baseline gap-x-2 gap-y-1 rounded-md border border-maint/35 bg-maint-bg px-2.5 py-1">
      {sign}
      <span className="font-medium">{title}</span>
      <span className="min-w-0 flex-1 basis-40 text-dim [overflow-wrap:anywhere]">
        {words !== "" && `${words} · `}
        {by}
        {undo.error !== null && (
          <span role="alert" className="block text-crit">
            {undo.error.message}
          </span>
        )}
      </span>
      {end !== null && (
        <Button
          size="sm"
          variant="quiet"
          blocked={end.blocked}
          pending={undo.isPending}
          onClick={() => undo.mutate(end.path)}
        >
          {end.label}
        </Button>
      )}
    </li>
  );
}

function Tick() {
  return (
    <svg viewBox="0 0 10 10" aria-hidden="true" className="size-2.5 flex-none text-maint">
      <path d="m1 5.5 2.7 2.7L9 2" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" />
    </svg>
  );
}

function Muted() {
  return (
    <svg viewBox="0 0 10 10" aria-hidden="true" className="size-2.5 flex-none text-maint">
      <path d="M1 3.5h2L5.5 1v8L3 6.5H1ZM7 3.5l2.5 3m0-3L7 6.5" fill="none" stroke="currentColor" strokeWidth="1.1" />
    </svg>
  );
}
