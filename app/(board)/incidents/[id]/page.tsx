import { notFound } from "next/navigation";
import { IncidentPage } from "#components/incident/incident-page.tsx";
import { incidentView } from "#lib/views/incident-view.ts";
import { guardPage } from "../../../guard-page.ts";

/** One incident: its root, who suffered when, and what happened. */
export default async function Page({ params }: { readonly params: Promise<{ id: string }> }) {
  const now = Date.now();
  const { id } = await params;
  const { store, sight } = await guardPage("/incidents/[id]", `/incidents/${id}`);
  const view = await incidentView(store, sight, decodeURIComponent(id), now);
  if (!view.ok) notFound();
  return <IncidentPage incident={view.value} at={now} />;
}
