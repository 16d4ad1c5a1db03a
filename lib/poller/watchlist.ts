import { isDeepStrictEqual } from "node:util";
import type { PitwallConfig, ServiceConfig } from "#lib/config/model.ts";
import type { Integration } from "#lib/integrations/integration.ts";
import { spread } from "#lib/poller/schedule.ts";
import { letGo, type Watched, watch } from "#lib/poller/watched.ts";
import { emptyState, type StateRow } from "#lib/store/states.ts";

export interface NextWatchlist {
  readonly list: ReadonlyMap<string, Watched>;
  /** Ids that are no longer watched. */
  readonly gone: readonly string[];
}

/**
 * The services to watch under a new configuration. Those that did not change go on undisturbed, beat and all; a changed
 * one keeps what is known of it; new ones are spread over their interval. Polls under an old definition are aborted.
 */
export function nextWatchlist(
  before: ReadonlyMap<string, Watched>,
  config: PitwallConfig,
  parts: {
    readonly registry: Readonly<Record<string, Integration>>;
    readonly stored: ReadonlyMap<string, StateRow>;
    /** On the loop's monotonic clock. */
    readonly tick: number;
  },
): NextWatchlist {
  const keeps = (service: ServiceConfig) => {
    const known = before.get(service.id);
    return known !== undefined && isDeepStrictEqual(known.service, service) ? known : undefined;
  };
  const onBeat = (service: ServiceConfig) => {
    const known = before.get(service.id);
    return known?.service.intervalMs === service.intervalMs ? known : undefined;
  };
  const slots = new Map(
    spread(
      config.services.filter((service) => onBeat(service) === undefined),
      parts.tick,
    ).map((slot) => [slot.id, slot]),
  );
  const list = new Map<string, Watched>();
  for (const service of config.services) {
    const kept = keeps(service);
    const integration = parts.registry[service.kind];
    if (kept !== undefined) list.set(service.id, kept);
    else if (integration !== undefined) {
      const known = before.get(service.id);
      const slot = slots.get(service.id) ?? known?.slot;
      const sameKind = known?.service.kind === service.kind;
      const state = (sameKind ? known?.state : parts.stored.get(service.id)) ?? emptyState(service.id);
      if (slot !== undefined) list.set(service.id, watch(service, integration, slot, state));
    }
  }
  const left = [...before.values()].filter((old) => list.get(old.service.id) !== old);
  for (const old of left) {
    const next = list.get(old.service.id);
    // A changed service is polled at once under its new definition.
    if (next !== undefined) next.dueAt = parts.tick;
    handOver(old, next);
  }
  return { list, gone: left.map((old) => old.service.id).filter((id) => !list.has(id)) };
}

/** Who waited for a poll of the old definition waits for one of the new. */
function handOver(old: Watched, next: Watched | undefined): void {
  if (next !== undefined) next.waiters = old.waiters.splice(0);
  letGo(old);
}
