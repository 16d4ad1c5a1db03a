import type { Manifest } from "#lib/integrations/integration.ts";
import { type PassengerConfig, passengerConfig } from "#lib/integrations/passenger/config.ts";
import type { PassengerDetail } from "#lib/integrations/passenger/detail.ts";
import { endpoints } from "#lib/integrations/passenger/endpoints.ts";
import { passengerFacts } from "#lib/integrations/passenger/facts.ts";
import { passengerGrants } from "#lib/integrations/passenger/grants.ts";
import { passengerRules } from "#lib/integrations/passenger/rules.ts";
import { passengerRunbooks } from "#lib/integrations/passenger/runbooks.ts";

export const manifest: Manifest<PassengerConfig, PassengerDetail> = {
  kind: "passenger",
  title: "Phusion Passenger",
  about: "Phusion Passenger 6 on any number of hosts: processes, queues and the requests in flight.",
  config: passengerConfig,
  metrics: {
    queue: { title: "Requests queued", unit: "count", trend: true },
    requests_in_flight: { title: "Requests in flight", unit: "count", trend: true },
    oldest_request: { title: "Oldest request in flight", unit: "s" },
    processes: { title: "Processes", unit: "count" },
    capacity_used: { title: "Process slots taken", unit: "percent" },
    process_memory: { title: "Largest process", unit: "bytes" },
    processed: { title: "Requests finished by the living processes", unit: "count" },
  },
  rules: passengerRules,
  runbooks: passengerRunbooks,
  nodes: (config) => config.nodes.map((node) => node.name),
  summarise,
  facts: passengerFacts,
  autoheal: {
    "restart-app": true,
    "drained-restart": true,
    "restart-web-server": true,
    "rolling-restart": "it goes through every host, so a person watches its canary",
    "detach-process": "what hangs in the process is worth a look before it is gone",
  },
  endpoints,
  grants: passengerGrants,
  columns: 7,
};

/** `3 hosts · 12 processes · 0 queued`; with a host missing, `2 of 3 hosts · …`. */
function summarise({ totals }: PassengerDetail): string {
  const hosts = `${totals.nodes} ${totals.nodes === 1 ? "host" : "hosts"}`;
  if (totals.answering === 0) return `${hosts}, none answers`;
  return [
    totals.answering < totals.nodes ? `${totals.answering} of ${hosts}` : hosts,
    `${totals.processes} ${totals.processes === 1 ? "process" : "processes"}`,
    `${totals.queued} queued`,
  ].join(" · ");
}
