"use client";

import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { z } from "zod";
import { useLacks } from "#components/board/viewer.tsx";
import { Spinner } from "#components/ui/spinner.tsx";
import { Tooltip } from "#components/ui/tooltip.tsx";
import { formatDuration } from "#lib/core/duration.ts";
import { boardServiceDto } from "#lib/wire/board.ts";
import { askApi, orThrow } from "#lib/wire/request.ts";

const pollDto = z.object({ finishedAt: z.number().nullable(), services: z.array(boardServiceDto) });

/** Polls a service now, outside its schedule, and says what came of it. It only looks, so it needs no plan. */
export function CheckNow({
  serviceId,
  name,
  group,
}: {
  readonly serviceId: string;
  readonly name: string;
  readonly group: string | null;
}) {
  const { respond: blocked } = useLacks({ group });
  const check = useMutation({
    mutationFn: async () => {
      const startedAt = performance.now();
      const path = `/api/v1/services/${encodeURIComponent(serviceId)}/poll`;
      const { finishedAt, services } = await orThrow(askApi(path, pollDto, { method: "POST", body: {} }));
      const status = services[0]?.status ?? "unknown";
      const took = formatDuration(performance.now() - startedAt);
      return finishedAt === null ? "Still checking; the board will show it" : `Checked in ${took}: ${status}`;
    },
  });
  const { reset, isPending } = check;
  const words = check.data ?? check.error?.message ?? null;
  // The outside system is the clock: nobody has to click the result away.
  useEffect(() => {
    if (words === null) return;
    const timer = setTimeout(reset, 6_000);
    return () => clearTimeout(timer);
  }, [words, reset]);
  return (
    <>
      <span role="status" className={words === null ? "sr-only" : "order-first max-w-56 truncate text-dim text-xs"}>
        {isPending ? `Checking ${name}` : words}
      </span>
      <Tooltip text={blocked ?? "Check now"}>
        <button
          type="button"
          aria-label={`Check ${name} now`}
          aria-disabled={blocked === null ? undefined : true}
          aria-busy={isPending}
          onClick={() => !isPending && blocked === null && check.mutate()}
          className="-my-1 -mr-1.5 grid size-6 place-items-center self-center rounded-md text-faint hover:bg-raised hover:text-text aria-disabled:cursor-default aria-disabled:opacity-50 coarse:size-9"
        >
          {isPending ? <Spinner /> : <CheckIcon />}
        </button>
      </Tooltip>
    </>
  );
}

function CheckIcon() {
  return (
    <svg viewBox="0 0 12 12" aria-hidden="true" className="size-3">
      <path
        d="M10.5 6a4.5 4.5 0 1 1-1.3-3.2M10.5 1v2.4H8.1"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
