import { formatCount, formatValue } from "#lib/core/unit.ts";
import { type HaproxyConfig, haproxyConfig } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyDetail, HaproxyTimes } from "#lib/integrations/haproxy/detail.ts";
import { endpoints } from "#lib/integrations/haproxy/endpoints.ts";
import { haproxyFacts } from "#lib/integrations/haproxy/facts.ts";
import { haproxyRules } from "#lib/integrations/haproxy/rules.ts";
import { haproxyRunbooks } from "#lib/integrations/haproxy/runbooks.ts";
import type { Manifest } from "#lib/integrations/integration.ts";

export type { HaproxyConfig } from "#lib/integrations/haproxy/config.ts";
export type * from "#lib/integrations/haproxy/detail.ts";

/** HAProxy: one process, several, or a pair of balancers, read and acted on as one service. */
export const manifest: Manifest<HaproxyConfig, HaproxyDetail> = {
  kind: "haproxy",
  title: "HAProxy",
  about:
    "Reads every process of a balancer by its stats socket or stats page, and drains, weighs, holds or restores servers on all of them at once.",
  config: haproxyConfig,
  metrics: {
    requests_per_s: { title: "Requests", unit: "per-second", trend: true },
    sessions: { title: "Sessions", unit: "count", trend: true },
    queue: { title: "Requests waiting", unit: "count", trend: true },
    errors_5xx_percent: { title: "5xx answers", unit: "percent", trend: true },
    response_ms: { title: "Response time", unit: "ms", trend: true },
    connect_ms: { title: "Connect time", unit: "ms" },
    queue_ms: { title: "Time in queue", unit: "ms" },
    retries_per_s: { title: "Retries", unit: "per-second" },
    connect_errors_per_s: { title: "Connect errors", unit: "per-second" },
    bytes_in_per_s: { title: "Bytes in per second", unit: "bytes" },
    bytes_out_per_s: { title: "Bytes out per second", unit: "bytes" },
    in_rotation: { title: "In rotation", unit: "boolean" },
    check_ms: { title: "Check duration", unit: "ms" },
    servers_in_rotation: { title: "Servers in rotation", unit: "count" },
    uptime: { title: "Uptime", unit: "s" },
  },
  rules: haproxyRules,
  runbooks: haproxyRunbooks,
  nodes: (config) => config.processes.map((process) => process.name),
  members: ({ backends }) => [...new Set(backends.flatMap(({ servers }) => servers.map(({ name }) => name)))],
  summarise,
  autoheal: {
    "server-drain": true,
    "server-maint":
      "it cuts sessions off and stops the health check that would tell of recovery; `server-drain` does neither",
    "server-ready": "somebody took the server out on purpose, and knows why",
    "server-weight": "how much a server may carry is for people to say",
    "backend-hold": "it keeps servers in rotation that fail their checks",
    "backend-release": "somebody holds the backend on purpose, and knows until when",
    "maintenance-page-on": "it takes a whole frontend from its users",
    "maintenance-page-off": "somebody put it up on purpose",
  },
  kept: (detail) => ({
    ...detail,
    processes: detail.processes.map((process) => ({ ...process, baseline: null })),
    backends: detail.backends.map((backend) => ({
      ...backend,
      recent: [],
      times: withoutCount(backend.times),
      servers: backend.servers.map((server) => ({ ...server, times: withoutCount(server.times) })),
    })),
  }),
  facts: haproxyFacts,
  endpoints,
  streams: ({ processes }) =>
    processes.flatMap((one) => ("socket" in one && one.from !== "local" ? [{ host: one.from, to: one.socket }] : [])),
  columns: 7,
};

function withoutCount(times: HaproxyTimes | null): HaproxyTimes | null {
  return times === null ? null : { ...times, requests: null };
}

function summarise(detail: HaproxyDetail): string {
  const servers = detail.backends.flatMap((backend) => backend.servers);
  const up = servers.filter((server) => server.inRotation || server.standby).length;
  const rates = detail.frontends.flatMap(({ rates }) => rates.requestsPerS ?? rates.sessionsPerS ?? []);
  const rate =
    rates.length === 0
      ? []
      : [
          formatValue(
            rates.reduce((sum, each) => sum + each, 0),
            "per-second",
          ),
        ];
  const waiting = detail.backends.reduce((sum, backend) => sum + (backend.queue ?? 0), 0);
  const queue = waiting === 0 ? [] : [`${formatCount(waiting)} waiting`];
  return [`${up} of ${servers.length} servers up`, ...rate, ...queue].join(" · ");
}
