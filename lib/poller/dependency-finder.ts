import { isDeepStrictEqual } from "node:util";
import type { PitwallConfig } from "#lib/config/model.ts";
import { type Endpoints, type EndpointsOf, findDependencies } from "#lib/core/dependencies.ts";
import type { Watched } from "#lib/poller/watched.ts";
import { replaceFoundDependencies } from "#lib/store/found-dependencies.ts";
import type { Store } from "#lib/store/open-store.ts";

/** Keeps the store's found dependencies those of what the watched services say. */
export interface DependencyFinder {
  readonly step: () => Promise<void>;
}

/** The next sample mostly offers and needs what the last one did, so a service is looked at again only after so long. */
const lookAgainMs = 10_000;

interface Told {
  readonly watched: Watched;
  readonly detail: unknown;
  readonly at: number;
  readonly endpoints: Endpoints;
}

/**
 * `config` is the configuration in force, `tick` monotonic milliseconds. Joins only when a service or the configuration is
 * another, and writes only what came out otherwise.
 */
export function createDependencyFinder(
  store: Store,
  watched: () => ReadonlyMap<string, Watched>,
  config: () => PitwallConfig,
  tick: () => number,
): DependencyFinder {
  const told = new Map<string, Told>();
  let joined: PitwallConfig | undefined;
  let written = "";

  /** Takes in what a service offers and needs; whether that is other than before. */
  function takeIn(one: Watched, at: number): boolean {
    const { service, state, integration } = one;
    const known = told.get(service.id);
    const first = known?.watched !== one || (known.detail === null) !== (state.detail === null);
    if (!first && (known.detail === state.detail || at - known.at < lookAgainMs)) return false;
    const endpoints = integration.manifest.endpoints?.(service.config, state.detail) ?? { provides: [], uses: [] };
    told.set(service.id, { watched: one, detail: state.detail, at, endpoints });
    return known === undefined || !isDeepStrictEqual(known.endpoints, endpoints);
  }

  return {
    step: async () => {
      const at = tick();
      const list = [...watched().values()];
      const others = list.filter((one) => takeIn(one, at));
      const inForce = config();
      if (others.length === 0 && joined === inForce) return;
      joined = undefined;
      for (const id of told.keys()) if (!watched().has(id)) told.delete(id);
      const services = list.map(({ service: { id, name } }): EndpointsOf => {
        return { id, name, endpoints: told.get(id)?.endpoints ?? { provides: [], uses: [] } };
      });
      const found = findDependencies(services, addressesOf(inForce.hosts));
      const refused = new Map(list.map(({ service }) => [service.id, service.refuse ?? []]));
      const next = JSON.stringify([...found, ...refused]);
      if (next !== written) await store.write((writing) => replaceFoundDependencies(writing, found, refused));
      written = next;
      joined = inForce;
    },
  };
}

function addressesOf(hosts: PitwallConfig["hosts"]): Record<string, string> {
  return Object.fromEntries(Object.values(hosts).map((host) => [host.name, host.address]));
}
