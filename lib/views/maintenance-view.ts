import { listMaintenance } from "#lib/store/maintenance.ts";
import type { Store } from "#lib/store/open-store.ts";
import type { MaintenanceDto } from "#lib/wire/planned.ts";

const shown = 200;

/** Planned work, newest first: what is to come, what holds and what was. */
export async function maintenanceView(store: Store): Promise<MaintenanceDto[]> {
  const rows = await store.read((reading) => listMaintenance(reading, shown));
  return rows.map(({ id, origin, covers, note, by, from, until, endedBy }) => ({
    id,
    origin,
    covers: { services: [...covers.services], groups: [...covers.groups], nodes: [...covers.nodes] },
    note,
    by,
    from,
    until,
    endedBy,
  }));
}
