import type { Cover } from "#lib/core/planned.ts";
import type { Watched } from "#lib/poller/watched.ts";
import { emptyTrend } from "#lib/store/trend.ts";

/** A watched service as root cause reads it; without the dependencies that were found. */
export function verdictInputOf({ service, state }: Watched, covered: boolean) {
  const whole: Cover = { nodes: null, from: 0, until: Number.POSITIVE_INFINITY };
  const { id, name, dependsOn, intervalMs } = service;
  const maintenance = covered ? [whole] : [];
  // What is well has no onset and hurts no node, and most of a large board is well at any time.
  const trend = state.status === "ok" ? emptyTrend : state.trend.outline();
  return { ...state, trend, id, name, dependsOn, intervalMs, maintenance };
}
