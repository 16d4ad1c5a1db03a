import type { Sight } from "#lib/access/sight.ts";
import type { Covers } from "#lib/core/planned.ts";
import { listMaintenance } from "#lib/store/maintenance.ts";
import type { Store } from "#lib/store/open-store.ts";
import { readSeen, type Seen } from "#lib/views/seen.ts";
import type { MaintenanceDto } from "#lib/wire/planned.ts";

const shown = 200;

/** Planned work, newest first: what is to come, what holds and what was. */
export async function maintenanceView(store: Store, sight: Sight): Promise<MaintenanceDto[]> {
  const { rows, seen } = await store.read(async (reading) => ({
    rows: await listMaintenance(reading, shown),
    seen: await readSeen(reading, sight),
  }));
  const told = rows.flatMap((row) => {
    const covers = seenCovers(row.covers, sight, seen);
    return covers === null ? [] : [{ ...row, covers, note: seen.without(row.note) }];
  });
  return told.map(({ id, origin, covers, note, by, from, until, endedBy }) => ({
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

/** The part of it that somebody sees; `null` when there is none. Nodes are named by whoever sees all services. */
export function seenCovers(covers: Covers, sight: Sight, seen: Seen): Covers | null {
  if (seen.whole) return covers;
  const services = covers.services.filter(seen.has);
  const groups = covers.groups.filter((group) => sight.sees({ group }));
  return services.length + groups.length === 0 ? null : { services, groups, nodes: [] };
}
