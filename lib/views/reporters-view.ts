import type { Sight } from "#lib/access/sight.ts";
import type { Store } from "#lib/store/open-store.ts";
import { listServices } from "#lib/store/services.ts";

/** The services that report themselves, of those that somebody sees: what a token for heartbeats can be for. */
export async function reportersView(store: Store, sight: Sight): Promise<{ id: string; name: string }[]> {
  const services = (await store.read((reading) => listServices(reading))).filter(sight.sees);
  return services.flatMap(({ id, name, expectedSince }) => (expectedSince === undefined ? [] : [{ id, name }]));
}
