import type { Metric, MetricSpec } from "#lib/integrations/integration.ts";
import type { PollRow } from "#lib/store/history.ts";
import { maxTrendSeries, type RecentTrend } from "#lib/store/trend.ts";

/** Adds what a poll measured of the numbers that the kind draws. */
export function extendTrend(
  trend: RecentTrend,
  { at, status, metrics }: Pick<PollRow, "at" | "status" | "metrics">,
  specs: Readonly<Record<string, MetricSpec>>,
): void {
  const values = new Map<string, number | null>();
  for (const key in metrics) {
    if (specs[key.slice(0, key.indexOf("|"))]?.trend !== true || values.size >= maxTrendSeries) continue;
    values.set(key, metrics[key] ?? null);
  }
  trend.add(at, status, values);
}

/** `metric|node|subject`, as trends and history name a number. */
export function metricKey(metric: Pick<Metric, "id" | "node" | "subject">): string {
  return `${metric.id}|${metric.node ?? ""}|${metric.subject ?? ""}`;
}
