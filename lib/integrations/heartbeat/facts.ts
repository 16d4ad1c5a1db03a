import type { Fact } from "#lib/core/fact.ts";
import type { HeartbeatDetail } from "#lib/integrations/heartbeat/detail.ts";
import { lastEnded } from "#lib/integrations/heartbeat/rules.ts";

/** What of a job stands still until it is changed: when it runs, from where it reports, and how it ends. */
export function heartbeatFacts({ schedule, host, from, runs }: HeartbeatDetail): Fact[] {
  const subject = host ?? "job";
  const last = lastEnded(runs);
  return [
    { subject, name: "schedule", value: schedule },
    { subject, name: "reports from", value: from },
    { subject, name: "runs succeed", value: last === undefined ? null : last.outcome === "succeeded" },
  ];
}
