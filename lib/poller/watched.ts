import type { ServiceConfig } from "#lib/config/model.ts";
import type { KnownFacts } from "#lib/core/fact.ts";
import { emptyMemory } from "#lib/core/state.ts";
import type { Action, Collector, Integration } from "#lib/integrations/integration.ts";
import type { PollOutcome } from "#lib/poller/run-once.ts";
import type { Slot } from "#lib/poller/schedule.ts";
import { emptyTrend } from "#lib/poller/trend.ts";
import type { ServiceRow } from "#lib/store/services.ts";
import type { StateRow } from "#lib/store/states.ts";

/** Everything the poller keeps in memory of one service. */
export interface Watched {
  readonly service: ServiceConfig;
  readonly integration: Integration;
  /** Aborts what runs for it: the service left, changed, or the poller stops. */
  readonly stop: AbortController;
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
  parts: Promise<{ readonly collector: Collector; readonly actions: readonly Action[] }> | undefined;
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
    stop: new AbortController(),
    slot,
    dueAt: slot.firstAt,
    runningSince: null,
    state,
    previous: undefined,
    facts: undefined,
    waiters: [],
    parts: undefined,
  };
}

/** The collector and the actions of its kind, loaded when first needed. */
export function loadParts(watched: Watched): NonNullable<Watched["parts"]> {
  watched.parts ??= Promise.all([watched.integration.collector(), watched.integration.actions()]).then(
    ([collector, actions]) => ({ collector, actions }),
  );
  return watched.parts;
}

/** Nobody waits for ever on a service that left. */
export function letGo(watched: Watched): void {
  watched.stop.abort(new DOMException("the service is no longer watched", "AbortError"));
  for (const waiter of watched.waiters.splice(0)) waiter.done(null);
}

export function emptyState(serviceId: string): StateRow {
  return {
    serviceId,
    status: "unknown",
    since: null,
    checkedAt: null,
    summary: "not checked yet",
    findings: [],
    failure: null,
    detail: null,
    detailAt: null,
    trend: emptyTrend,
    actions: [],
    memory: emptyMemory,
    ruleMemory: {},
  };
}

export function serviceRowOf(service: ServiceConfig, position: number): ServiceRow {
  const { id, kind, name, group, dependsOn, intervalMs, timeoutMs, rules, config } = service;
  const { confirm } = service.policy;
  return { id, kind, name, group, position, dependsOn, intervalMs, timeoutMs, confirm, rules, config };
}
