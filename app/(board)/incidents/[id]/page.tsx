import { notFound } from "next/navigation";
import { IncidentPage } from "#components/incident/incident-page.tsx";
import { incidentView } from "#lib/views/incident-view.ts";
import { openedStore } from "../../../store.ts";

/** One incident: its root, who suffered when, and what happened. */
export default async function Page({ params }: { readonly params: Promise<{ id: string }> }) {
  const now = Date.now();
  const view = await incidentView(await openedStore(), decodeURIComponent((await params).id), now);
  if (!view.ok) notFound();
  return <IncidentPage incident={view.value} at={now} />;
}
