import { notFound, redirect } from "next/navigation";
import { RunbookRecord } from "#components/runbook/runbook-record.tsx";
import { knowKind } from "#lib/integrations/known-kinds.ts";
import { runbookSessionView } from "#lib/views/runbook-view.ts";
import { guardPage } from "../../../guard-page.ts";

/** How a runbook was followed. One that still is has the page of the runbook itself. */
export default async function Page({ params }: { readonly params: Promise<{ id: string }> }) {
  const { id } = await params;
  const { store, sight } = await guardPage("/runbooks/[id]", `/runbooks/${id}`);
  const view = await runbookSessionView(store, sight, decodeURIComponent(id), Date.now(), knowKind);
  if (!view.ok) notFound();
  const { service, id: runbook, session } = view.value;
  if (session?.finishedAt === null) {
    redirect(`/services/${encodeURIComponent(service.id)}/runbooks/${encodeURIComponent(runbook)}`);
  }
  return <RunbookRecord record={view.value} />;
}
