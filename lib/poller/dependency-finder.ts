import { type Endpoints, type EndpointsOf, findDependencies } from "#lib/core/dependencies.ts";
import type { Watched } from "#lib/poller/watched.ts";
import { replaceFoundDependencies } from "#lib/store/found-dependencies.ts";
import type { Store } from "#lib/store/open-store.ts";

/** Keeps the store's found dependencies those of what the watched services say. */
export interface DependencyFinder {
  readonly step: () => Promise<void>;
}

/** `hosts` gives the addresses behind the names of the configuration in force. Writes only when something changed. */
export function createDependencyFinder(
  store: Store,
  watched: () => ReadonlyMap<string, Watched>,
  hosts: () => Readonly<Record<string, string>>,
): DependencyFinder {
  const told = new Map<
    string,
    { readonly watched: Watched; readonly detail: unknown; readonly endpoints: Endpoints }
  >();
  let written = "";

  function endpointsOf(one: Watched): Endpoints {
    const { service, state, integration } = one;
    const known = told.get(service.id);
    if (known?.watched === one && known.detail === state.detail) return known.endpoints;
    const endpoints = integration.manifest.endpoints?.(service.config, state.detail) ?? { provides: [], uses: [] };
    told.set(service.id, { watched: one, detail: state.detail, endpoints });
    return endpoints;
  }

  return {
    step: async () => {
      const list = [...watched().values()];
      for (const id of told.keys()) if (!watched().has(id)) told.delete(id);
      const services = list.map((one): EndpointsOf => {
        return { id: one.service.id, name: one.service.name, endpoints: endpointsOf(one) };
      });
      const found = findDependencies(services, hosts());
      const refused = new Map(list.map(({ service }) => [service.id, service.refuse ?? []]));
      const next = JSON.stringify([[...found], [...refused]]);
      if (next === written) return;
      await store.write((writing) => replaceFoundDependencies(writing, found, refused));
      written = next;
    },
  };
}
