import type { Sight } from "#lib/access/sight.ts";
import type { Store } from "#lib/store/open-store.ts";
import { listServices } from "#lib/store/services.ts";

/** The groups of the services that somebody sees, by name: what a role can be over. */
export async function groupsView(store: Store, sight: Sight): Promise<string[]> {
  const services = (await store.read((reading) => listServices(reading))).filter(sight.sees);
  return [...new Set(services.flatMap(({ group }) => group ?? []))].sort();
}
