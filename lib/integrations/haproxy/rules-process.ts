import type { Fact, Reading, Rule } from "#lib/core/rule.ts";
import type { HaproxyDetail } from "#lib/integrations/haproxy/detail.ts";

/** What is trouble of a process of the balancer. */
export const processRules: readonly Rule<HaproxyDetail>[] = [
  {
    type: "threshold",
    id: "sessions-limit",
    title: "Sessions against the limit",
    unit: "percent",
    raise: "above",
    warning: 80,
    critical: 95,
    help: "Of a front end's or a process's `maxconn`. At the limit new connections wait unaccepted. A server at its own `maxconn` is normal: its excess shows as `queue`.",
    read: sessionShares,
  },
  {
    type: "fact",
    id: "process-unreachable",
    title: "Process tells nothing",
    blinds: true,
    severity: "warning",
    contained: true,
    help: "This process of the balancer could not be asked; what the others say is shown. When none answers, the whole service is unknown.",
    find: (detail) =>
      detail.processes.flatMap(({ name, failure }) =>
        failure === null
          ? []
          : [
              {
                node: name,
                message: `tells nothing: ${failure.what}`,
                clause: `has a process that tells nothing, ${name}`,
              },
            ],
      ),
  },
  {
    type: "fact",
    id: "maintenance-page",
    title: "Maintenance page",
    severity: "info",
    help: "A frontend answers everybody with its maintenance page because somebody wants it so. Told so that nobody forgets to take it away.",
    find: (detail) =>
      detail.frontends.flatMap(({ name, pageOn = [] }): Fact[] =>
        pageOn.length === 0
          ? []
          : [
              {
                subject: name,
                message: `${name} answers with its maintenance page on ${pageOn.join(", ")}`,
                action: { id: "maintenance-page-off", params: { frontend: name } },
              },
            ],
      ),
  },
  {
    type: "fact",
    id: "restarted",
    title: "HAProxy was reloaded",
    severity: "info",
    selfMade: true,
    contained: true,
    help: "Told for ten minutes. A reload sets all counters to zero and forgets drain, maintenance, weights, held servers and maintenance pages that were set at run time; if one was lost that way, it is a warning.",
    find: (detail) =>
      detail.processes.flatMap(({ name, restart }): Fact[] => {
        if (restart === null) return [];
        if (restart.lost.length === 0) return [{ node: name, message: "was reloaded or restarted" }];
        const message = `was reloaded and forgot what was set at run time: ${restart.lost.join(", ")}`;
        const clause = "was reloaded and forgot what was set at run time";
        return [{ node: name, message, clause, severity: "warning" }];
      }),
  },
];

function sessionShares(detail: HaproxyDetail): Reading[] {
  const share = (sessions: number | null, limit: number | null) =>
    sessions === null || limit === null || limit === 0 ? null : (sessions / limit) * 100;
  return [
    ...detail.processes.map((process) => ({
      node: process.name,
      value: share(process.sessions, process.sessionsLimit),
      say: (percent: string) => `${process.sessions} of ${process.sessionsLimit} connections, ${percent}`,
      clause: (percent: string) => `has ${percent} of its connections in use`,
    })),
    ...detail.frontends.map((frontend) => ({
      subject: frontend.name,
      value: share(frontend.sessions, frontend.sessionsLimit),
      say: (percent: string) =>
        `${frontend.name}: ${frontend.sessions} of ${frontend.sessionsLimit} sessions, ${percent}`,
      clause: (percent: string) => `has ${percent} of the sessions of ${frontend.name} in use`,
    })),
  ];
}
