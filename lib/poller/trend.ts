import type { Status } from "#lib/core/status.ts";
import type { Metric, MetricSpec } from "#lib/integrations/integration.ts";
import type { Trend } from "#lib/wire/board.ts";

export const trendPoints = 60;
/** A target decides how many nodes and subjects it has; this decides how many of them are drawn. */
export const maxTrendSeries = 240;

export const emptyTrend: Trend = { at: [], status: [], series: {} };

/** Adds one point, and drops the oldest beyond 60. A series that has no number left goes. Missing is `null`, never zero. */
export function extendTrend(
  before: Trend,
  point: { readonly at: number; readonly status: Status; readonly metrics: readonly Metric[] },
  specs: Readonly<Record<string, MetricSpec>>,
): Trend {
  const values = new Map<string, number | null>();
  for (const metric of point.metrics) {
    if (specs[metric.id]?.trend !== true || values.size >= maxTrendSeries) continue;
    values.set(metricKey(metric), finite(metric.value));
  }
  const at = [...before.at, point.at].slice(-trendPoints);
  const series: Trend["series"] = {};
  for (const key of new Set([...values.keys(), ...Object.keys(before.series)])) {
    const old = before.series[key] ?? Array.from({ length: before.at.length }, () => null);
    const next = [...old, values.get(key) ?? null].slice(-trendPoints);
    if (values.has(key) || next.some((value) => value !== null)) series[key] = next;
  }
  return { at, status: [...before.status, point.status].slice(-trendPoints), series };
}

/** `metric|node|subject`, as trends and history name a number. */
export function metricKey(metric: Pick<Metric, "id" | "node" | "subject">): string {
  return `${metric.id}|${metric.node ?? ""}|${metric.subject ?? ""}`;
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
