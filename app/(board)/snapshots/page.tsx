import { SnapshotsPage } from "#components/incident/snapshots-page.tsx";
import { snapshotsView } from "#lib/views/snapshots-view.ts";
import { guardPage } from "../../guard-page.ts";

/** Shared snapshots and their links. */
export default async function Page() {
  const { store, actor } = await guardPage("/snapshots");
  return <SnapshotsPage snapshots={await snapshotsView(store, actor)} />;
}
