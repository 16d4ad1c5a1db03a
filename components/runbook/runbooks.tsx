"use client";

import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext } from "react";
import { fittingFindings } from "#lib/core/runbook.ts";
import type { BoardService } from "#lib/wire/board.ts";
import { runbooksQuery } from "#lib/wire/queries.ts";
import type { RunbookMarkView } from "#lib/wire/runbook.ts";

const RunbooksContext = createContext<readonly RunbookMarkView[]>([]);

/** Makes the runbooks known to everything below. None on a board that stands alone: there nobody can do anything. */
export function RunbooksProvider({
  runbooks,
  children,
}: {
  readonly runbooks: readonly RunbookMarkView[];
  readonly children: ReactNode;
}) {
  const { data = { runbooks } } = useQuery({ ...runbooksQuery, initialData: { runbooks: [...runbooks] } });
  return <RunbooksContext value={data.runbooks}>{children}</RunbooksContext>;
}

export function useRunbooks(): readonly RunbookMarkView[] {
  return useContext(RunbooksContext);
}

/** The runbooks of one service. */
export function runbooksOf(runbooks: readonly RunbookMarkView[], serviceId: string): RunbookMarkView[] {
  return runbooks.filter(({ services }) => services.includes(serviceId));
}

/** Those that are for what the board shows of it. */
export function fittingRunbooks(
  runbooks: readonly RunbookMarkView[],
  service: Pick<BoardService, "id" | "findings">,
): RunbookMarkView[] {
  return runbooksOf(runbooks, service.id).filter((runbook) => fittingFindings(runbook, service.findings).length > 0);
}

export function runbookHref(serviceId: string, runbookId: string): string {
  return `/services/${encodeURIComponent(serviceId)}/runbooks/${encodeURIComponent(runbookId)}`;
}
