import type { Actor } from "#lib/access/actor.ts";
import { sightOf } from "#lib/access/sight.ts";
import { listIncidentSnapshots } from "#lib/store/incident-snapshots.ts";
import type { Store } from "#lib/store/open-store.ts";
import type { SnapshotDto } from "#lib/wire/snapshot.ts";

const shown = 200;

/** The snapshots the team shared, newest first, revoked and expired ones included: the reader tells them apart by time. */
export async function snapshotsView(store: Store, actor: Actor): Promise<SnapshotDto[]> {
  const all = await store.read((reading) => listIncidentSnapshots(reading, shown));
  return all.filter((snapshot) => seesSnapshot(actor, snapshot));
}

/** A snapshot shows what its maker saw, so whoever does not see all services is told of his own only. */
export function seesSnapshot(actor: Actor, { createdBy }: Pick<SnapshotDto, "createdBy">): boolean {
  return sightOf(actor).whole || createdBy === actor.name;
}
