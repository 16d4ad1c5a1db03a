import { notFound } from "next/navigation";
import { RunbookPage } from "#components/runbook/runbook-page.tsx";
import { knowKind } from "#lib/integrations/known-kinds.ts";
import { boardAt } from "#lib/views/board-at.ts";
import { runbookView } from "#lib/views/runbook-view.ts";
import { guardPage } from "../../../../../guard-page.ts";
import { momentAsked, type SearchParams } from "../../../../../moment-asked.ts";

/** A runbook for one service, by the state of the board; with `?at=`, as it was then. */
export default async function Page({
  params,
  searchParams,
}: {
  readonly params: Promise<{ id: string; runbook: string }>;
  readonly searchParams: SearchParams;
}) {
  const now = Date.now();
  const { id, runbook } = await params;
  const { at, path } = await momentAsked(`/services/${id}/runbooks/${runbook}`, searchParams, now);
  const { store, sight } = await guardPage("/services/[id]/runbooks/[runbook]", path);
  const ids = { serviceId: decodeURIComponent(id), runbookId: decodeURIComponent(runbook) };
  const asked = { ...ids, now, ...(at === null ? {} : { at }) };
  const [view, moment] = await Promise.all([
    runbookView(store, sight, asked, knowKind),
    at === null ? null : boardAt(store, sight, at),
  ]);
  if (!view.ok) notFound();
  return <RunbookPage runbook={view.value} moment={moment} />;
}
