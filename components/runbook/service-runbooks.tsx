"use client";

import Link from "next/link";
import { fittingRunbooks, runbookHref, runbooksOf, useRunbooks } from "#components/runbook/runbooks.tsx";
import { Panel } from "#components/ui/panel.tsx";
import type { BoardService } from "#lib/wire/board.ts";

/** The runbooks of a service, those that fit what it shows first. */
export function ServiceRunbooks({ service }: { readonly service: BoardService }) {
  const runbooks = useRunbooks();
  const fitting = fittingRunbooks(runbooks, service);
  const others = runbooksOf(runbooks, service.id).filter((runbook) => !fitting.includes(runbook));
  if (fitting.length + others.length === 0) return null;
  return (
    <Panel id="runbooks" title="Runbooks" subtitle="what to check and do, in order">
      <ul>
        {[...fitting, ...others].map((runbook) => (
          <li key={runbook.id} className="border-line border-t px-3.5 py-2 first:border-t-0">
            <Link href={runbookHref(service.id, runbook.id)} className="font-medium hover:underline">
              {runbook.title} …
            </Link>
            {fitting.includes(runbook) && <span className="ml-2 text-dim">fits now</span>}
            <span className="block text-pretty text-dim">{runbook.symptom}</span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
