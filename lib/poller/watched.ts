import type { ServiceConfig } from "#lib/config/model.ts";
import type { KnownFacts } from "#lib/core/fact.ts";
import type { Action, Collector, Integration } from "#lib/integrations/integration.ts";
import { Ending } from "#lib/poller/ending.ts";
import type { NotedTransports } from "#lib/poller/reach.ts";
import type { PollOutcome } from "#lib/poller/run-once.ts";
import type { Slot } from "#lib/poller/schedule.ts";
import { actionsOf } from "#lib/remediation/declared/actions-of.ts";
import type { WantedService } from "#lib/store/services.ts";
import type { StateRow } from "#lib/store/states.ts";

/** Everything the poller keeps in memory of one service. */
export interface Watched {
  readonly service: ServiceConfig;
  readonly integration: Integration;
  /** Of what runs for it: at a deadline, or when the service left, changed, or the poller stops. */
  readonly ending: Ending;
  slot: Slot;
  /** On the loop's monotonic clock. */
  dueAt: number;
  runningSince: number | null;
  state: StateRow;
  previous: { readonly detail: unknown; readonly at: number } | undefined;
  /** What is known to stand still at it; `undefined` until the first good poll asks for it. */
  facts: KnownFacts | undefined;
  /** Those who wait for a poll that begins after they asked. */
  waiters: Waiter[];
  parts: Parts | undefined;
  /** What its polls ask through. */
  noted: NotedTransports | undefined;
}

/** What of its kind is loaded when first needed. */
export interface Parts {
  readonly collector: Collector;
  readonly actions: readonly Action[];
}

export interface Waiter {
  readonly askedAt: number;
  /** `null`: there will be no such poll. */
  readonly done: (outcome: PollOutcome | null) => void;
}

export function watch(service: ServiceConfig, integration: Integration, slot: Slot, state: StateRow): Watched {
  return {
    service,
    integration,
    ending: new Ending(),
    slot,
    dueAt: slot.firstAt,
    runningSince: null,
    state,
    previous: undefined,
    facts: undefined,
    waiters: [],
    parts: undefined,
    noted: undefined,
  };
}

/** The collector of its kind, and all actions it has. */
export async function loadParts(watched: Watched): Promise<Parts> {
  const [collector, actions] = await Promise.all([watched.integration.collector(), actionsOf(watched)]);
  return { collector, actions };
}

/** Nobody waits for ever on a service that left. */
export function letGo(watched: Watched): void {
  watched.ending.leave();
  for (const waiter of watched.waiters.splice(0)) waiter.done(null);
}

export function serviceRowOf(service: ServiceConfig, position: number): WantedService {
  const { id, kind, name, group, dependsOn, intervalMs, timeoutMs, rules, config, reports } = service;
  const { confirm } = service.policy;
  const row = { id, kind, name, group, position, dependsOn, intervalMs, timeoutMs, confirm, rules, config };
  return reports === undefined ? row : { ...row, reports };
}
