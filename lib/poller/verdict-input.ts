import type { Cover } from "#lib/core/planned.ts";
import type { Watched } from "#lib/poller/watched.ts";

/** A watched service as root cause reads it; without the dependencies that were found. */
export function verdictInputOf({ service, state }: Watched, covered: boolean) {
  const whole: Cover = { nodes: null, from: 0, until: Number.POSITIVE_INFINITY };
  const { id, name, dependsOn, intervalMs } = service;
  const maintenance = covered ? [whole] : [];
  return { ...state, trend: state.trend.read(), id, name, dependsOn, intervalMs, maintenance };
}
