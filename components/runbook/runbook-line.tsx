"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { fittingRunbooks, runbookHref, useRunbooks } from "#components/runbook/runbooks.tsx";
import { classNames } from "#components/ui/class-names.ts";
import type { BoardService } from "#lib/wire/board.ts";
import { boardQuery } from "#lib/wire/queries.ts";

/** In a service's panel: the runbook that fits what it shows, and who follows one. */
export function RunbookLine({ service, className }: { readonly service: BoardService; readonly className?: string }) {
  const runbooks = useRunbooks();
  const { data: board } = useQuery(boardQuery);
  const here = usePathname();
  const elsewhere = (runbookId: string) => runbookHref(service.id, runbookId) !== here;
  const sessions = (board?.following ?? []).filter(({ serviceId }) => serviceId === service.id);
  const following = sessions.filter(({ runbookId }) => elsewhere(runbookId));
  const fitting = fittingRunbooks(runbooks, service).filter(({ id }) => {
    return elsewhere(id) && !sessions.some(({ runbookId }) => runbookId === id);
  });
  if (following.length + fitting.length === 0) return null;
  return (
    <ul aria-label={`Runbooks for ${service.name}`} className={classNames("flex flex-col gap-1.5", className)}>
      {following.map((session) => (
        <li key={session.id}>
          <Line href={runbookHref(service.id, session.runbookId)} title={session.title} strong>
            {session.startedBy} follows it
          </Line>
        </li>
      ))}
      {fitting.map((runbook) => (
        <li key={runbook.id}>
          <Line href={runbookHref(service.id, runbook.id)} title={runbook.title}>
            what to check and do, in order
          </Line>
        </li>
      ))}
    </ul>
  );
}

function Line({
  href,
  title,
  strong = false,
  children,
}: {
  readonly href: string;
  readonly title: string;
  readonly strong?: boolean;
  readonly children: React.ReactNode;
}) {
  return (
    <Link
      href={href}
      data-runbook-line={strong ? "followed" : "fits"}
      className={classNames(
        "flex items-baseline gap-2 rounded-md border px-2.5 py-1 hover:border-edge",
        strong ? "border-edge bg-raised" : "border-line-2 bg-raised",
      )}
    >
      <RunbookSign className="translate-y-0.5" />
      <span className="flex-none font-medium">Runbook: {title} …</span>
      <span className="min-w-0 truncate text-dim">{children}</span>
    </Link>
  );
}

/** Three lines, the first of them done. */
export function RunbookSign({ className }: { readonly className?: string }) {
  return (
    <svg viewBox="0 0 12 12" aria-hidden="true" className={classNames("size-3 flex-none text-dim", className)}>
      <path
        d="m.8 2.2 1.1 1.1L3.8 1.4M6 2.4h5.4M1 6.2h1.6M6 6.2h5.4M1 10h1.6M6 10h5.4"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.3"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
