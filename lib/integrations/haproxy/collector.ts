import { failure } from "#lib/core/failure.ts";
import { err, ok } from "#lib/core/result.ts";
import { askProcess } from "#lib/integrations/haproxy/ask.ts";
import type { HaproxyConfig } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyDetail, HaproxyRates } from "#lib/integrations/haproxy/detail.ts";
import { observe } from "#lib/integrations/haproxy/observe.ts";
import type { Collector, Metric } from "#lib/integrations/integration.ts";

/** Asks all processes at once. A process that fails is told in the detail; the poll fails only when none answers. */
export const collect: Collector<HaproxyConfig, HaproxyDetail> = async (context) => {
  const { config, previous } = context;
  // A little less than the poll's own deadline, so that one hung process does not take the others' answers with it.
  const timeoutMs = Math.max(1, context.timeoutMs - Math.min(250, context.timeoutMs * 0.1));
  const answers = await Promise.all(
    config.processes.map((process) => askProcess(process, context, timeoutMs, config.maintenanceMap)),
  );
  const first = answers[0];
  if (first === undefined) return err(failure("internal", "no process is configured"));
  if (!first.ok && answers.every((answer) => !answer.ok)) return first;
  const detail = observe(config, answers, previous?.detail, context.now());
  return ok({ detail, metrics: metricsOf(detail) });
};

/** The numbers of a picture: per process, frontend, backend (as subject) and server (as node). */
export function metricsOf(detail: HaproxyDetail): Metric[] {
  return [
    ...detail.processes.map(({ name, uptimeS }) => ({ id: "uptime", node: name, value: uptimeS })),
    ...detail.frontends.flatMap((frontend) => [
      { id: "sessions", subject: frontend.name, value: frontend.sessions },
      ...rateMetrics({ subject: frontend.name }, frontend.rates),
      { id: "errors_5xx_percent", subject: frontend.name, value: frontend.errors5xxPercent },
    ]),
    ...detail.backends.flatMap(({ name, servers, ...backend }) => [
      ...common({ subject: name }, backend),
      { id: "servers_in_rotation", subject: name, value: servers.filter((server) => server.inRotation).length },
      ...servers.flatMap((server) => [
        ...common({ node: server.name, subject: name }, server),
        { id: "in_rotation", node: server.name, subject: name, value: server.inRotation ? 1 : 0 },
        { id: "check_ms", node: server.name, subject: name, value: server.check?.durationMs ?? null },
      ]),
    ]),
  ];
}

type About = Pick<Metric, "node" | "subject">;
type Measured = Pick<HaproxyDetail["backends"][number], "sessions" | "queue" | "rates" | "errors5xxPercent" | "times">;

function common(about: About, measured: Measured): Metric[] {
  return [
    { id: "sessions", ...about, value: measured.sessions },
    { id: "queue", ...about, value: measured.queue },
    ...rateMetrics(about, measured.rates),
    { id: "errors_5xx_percent", ...about, value: measured.errors5xxPercent },
    { id: "response_ms", ...about, value: measured.times?.responseMs ?? null },
    { id: "connect_ms", ...about, value: measured.times?.connectMs ?? null },
    { id: "queue_ms", ...about, value: measured.times?.queueMs ?? null },
    { id: "retries_per_s", ...about, value: measured.rates.retriesPerS },
    { id: "connect_errors_per_s", ...about, value: measured.rates.connectErrorsPerS },
  ];
}

function rateMetrics(about: About, rates: HaproxyRates): Metric[] {
  return [
    { id: "requests_per_s", ...about, value: rates.requestsPerS ?? rates.sessionsPerS },
    { id: "bytes_in_per_s", ...about, value: rates.bytesInPerS },
    { id: "bytes_out_per_s", ...about, value: rates.bytesOutPerS },
  ];
}
