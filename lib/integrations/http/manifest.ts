import { formatDuration } from "#lib/core/duration.ts";
import { type HttpConfig, httpConfig } from "#lib/integrations/http/config.ts";
import type { HttpDetail } from "#lib/integrations/http/detail.ts";
import { endpoints } from "#lib/integrations/http/endpoints.ts";
import { httpFacts } from "#lib/integrations/http/facts.ts";
import { httpRules } from "#lib/integrations/http/rules.ts";
import { targetsOf } from "#lib/integrations/http/targets.ts";
import type { Manifest } from "#lib/integrations/integration.ts";

export type { HttpConfig } from "#lib/integrations/http/config.ts";
export type * from "#lib/integrations/http/detail.ts";

/** An HTTP endpoint, asked at its URL, at each node behind it, and through its balancer. */
export const manifest: Manifest<HttpConfig, HttpDetail> = {
  kind: "http",
  title: "HTTP endpoint",
  about: "Asks a URL as users and monitors do, at each node directly and through the balancer, and judges the answer.",
  config: httpConfig,
  metrics: {
    up: { title: "Check passes", unit: "boolean", trend: true },
    total_ms: { title: "Total time", unit: "ms", trend: true },
    first_byte_ms: { title: "Time to first byte", unit: "ms" },
    certificate_days: { title: "Certificate days left", unit: "days" },
  },
  rules: httpRules,
  nodes: (config) => targetsOf(config).map((target) => target.name),
  summarise,
  facts: httpFacts,
  endpoints,
  columns: 4,
};

function summarise(detail: HttpDetail): string {
  const passing = detail.targets.filter((target) => target.outcome.is === "ok");
  const times = passing.flatMap((target) => (target.timings === null ? [] : [target.timings.totalMs]));
  const count = `${passing.length} of ${detail.targets.length} ${detail.targets.length === 1 ? "passes" : "pass"}`;
  return times.length === 0 ? count : `${count} · ${formatDuration(Math.max(...times))}`;
}
