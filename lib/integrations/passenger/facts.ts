import { type Fact, namesFact } from "#lib/core/fact.ts";
import type { PassengerApp, PassengerDetail, PassengerNode } from "#lib/integrations/passenger/detail.ts";

/** What of Passenger stands still until it is changed: its version and size, and for each app its instance and processes. */
export function passengerFacts(detail: PassengerDetail): Fact[] {
  return detail.nodes.flatMap(factsOfNode);
}

function factsOfNode({ name: subject, failure, pool, apps }: PassengerNode): Fact[] {
  const looked = failure === null || failure.kind === "not-running";
  return [
    { subject, name: "Passenger", value: looked ? (failure === null ? "running" : "not running") : null },
    { subject, name: "version", value: pool?.version ?? null },
    { subject, name: "process slots", value: pool?.max ?? null },
    { subject, name: "apps", value: pool === null ? null : namesFact(apps.map((app) => app.label)) },
    ...apps.flatMap((app) => factsOfApp(`${subject}/${app.label}`, app)),
  ];
}

function factsOfApp(subject: string, app: PassengerApp): Fact[] {
  return [
    // Passenger gives an app a new one at each restart.
    { subject, name: "instance", value: app.uuid },
    { subject, name: "processes", value: app.enabledProcesses },
    { subject, name: "fewest processes", value: app.minProcesses },
    { subject, name: "most processes", value: app.maxProcesses },
    { subject, name: "life", value: app.lifeStatus },
    { subject, name: "can start", value: !app.cannotStart },
  ];
}
