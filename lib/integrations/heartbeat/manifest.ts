import { formatDuration } from "#lib/core/duration.ts";
import { type HeartbeatConfig, heartbeatConfig } from "#lib/integrations/heartbeat/config.ts";
import type { HeartbeatDetail } from "#lib/integrations/heartbeat/detail.ts";
import { heartbeatFacts } from "#lib/integrations/heartbeat/facts.ts";
import { goesOn, heartbeatRules, lastEnded } from "#lib/integrations/heartbeat/rules.ts";
import type { Manifest } from "#lib/integrations/integration.ts";

export type { HeartbeatConfig } from "#lib/integrations/heartbeat/config.ts";
export type * from "#lib/integrations/heartbeat/detail.ts";

/** A job that runs by itself and reports: cron, a backup, a queue worker. */
export const manifest: Manifest<HeartbeatConfig, HeartbeatDetail> = {
  kind: "heartbeat",
  title: "Job",
  about: "Is told by a job that its runs begin and how they end, and notices when nothing is told.",
  config: heartbeatConfig,
  reports: true,
  metrics: {
    duration_ms: { title: "Duration of the last run", unit: "ms" },
    running: { title: "Runs under way", unit: "count" },
    success_age_s: { title: "Since the last success", unit: "s" },
  },
  rules: heartbeatRules,
  nodes: ({ host }) => [host ?? "job"],
  summarise,
  facts: heartbeatFacts,
  columns: 4,
};

function summarise({ runs, schedule }: HeartbeatDetail): string {
  const running = runs.filter(goesOn).length;
  const last = lastEnded(runs);
  const words = [
    ...(running === 0 ? [] : [running === 1 ? "a run is under way" : `${running} runs are under way`]),
    ...(last === undefined ? [] : [`last run ${endWords[last.outcome]}${tookWords(last.durationMs)}`]),
    schedule,
  ];
  return words.join(" · ");
}

const endWords = {
  running: "runs",
  "too-long": "runs",
  succeeded: "succeeded",
  failed: "failed",
  "never-ended": "never ended",
} as const;

function tookWords(durationMs: number | null): string {
  return durationMs === null ? "" : ` in ${formatDuration(durationMs)}`;
}
