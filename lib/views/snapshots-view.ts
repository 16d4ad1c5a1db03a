import { listIncidentSnapshots } from "#lib/store/incident-snapshots.ts";
import type { Store } from "#lib/store/open-store.ts";
import type { SnapshotDto } from "#lib/wire/snapshot.ts";

const shown = 200;

/** The snapshots the team shared, newest first, revoked and expired ones included: the reader tells them apart by time. */
export async function snapshotsView(store: Store): Promise<SnapshotDto[]> {
  return await store.read((reading) => listIncidentSnapshots(reading, shown));
}
