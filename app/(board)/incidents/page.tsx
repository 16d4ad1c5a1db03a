import { IncidentsPage } from "#components/incident/incidents-page.tsx";
import { incidentsView } from "#lib/views/incident-view.ts";
import { guardPage } from "../../guard-page.ts";

/** What was and is broken. */
export default async function Page() {
  const { store, sight } = await guardPage("/incidents");
  return <IncidentsPage incidents={await incidentsView(store, sight)} />;
}
