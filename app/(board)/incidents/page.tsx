import { IncidentsPage } from "#components/incident/incidents-page.tsx";
import { incidentsView } from "#lib/views/incident-view.ts";
import { openedStore } from "../../store.ts";

/** What was and is broken. */
export default async function Page() {
  return <IncidentsPage incidents={await incidentsView(await openedStore())} />;
}
