import { SnapshotsPage } from "#components/incident/snapshots-page.tsx";
import { snapshotsView } from "#lib/views/snapshots-view.ts";
import { openedStore } from "../../store.ts";

/** Shared snapshots and their links. */
export default async function Page() {
  return <SnapshotsPage snapshots={await snapshotsView(await openedStore())} />;
}
