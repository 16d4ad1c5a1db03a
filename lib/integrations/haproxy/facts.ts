import { type Fact, namesFact } from "#lib/core/fact.ts";
import type { HaproxyDetail, HaproxyServer } from "#lib/integrations/haproxy/detail.ts";

/** What of a balancer stands still until it is changed: its program, its servers, and what is wanted of each. */
export function haproxyFacts(detail: HaproxyDetail): Fact[] {
  return [
    ...detail.processes.flatMap(({ name, version, pid }) => [
      { subject: name, name: "version", value: version },
      // A reload and a restart both start a new process.
      { subject: name, name: "process id", value: pid },
    ]),
    ...detail.backends.flatMap((backend) => [
      { subject: backend.name, name: "servers", value: namesFact(backend.servers.map((server) => server.name)) },
      ...backend.servers.flatMap(factsOfServer),
    ]),
  ];
}

function factsOfServer(server: HaproxyServer): Fact[] {
  const subject = `${server.backend}/${server.name}`;
  return [
    { subject, name: "administrative state", value: server.admin === "unknown" ? null : server.admin },
    { subject, name: "state", value: settled(server) },
    { subject, name: "weight", value: server.weight },
    { subject, name: "address", value: server.address },
    { subject, name: "check", value: server.check === null ? null : checkWord(server.check) },
  ];
}

/** On its way up it is still down, and on its way down still up. */
function settled({ state }: HaproxyServer): string | null {
  if (state === "going-down") return "up";
  if (state === "coming-up") return "down";
  return state === "unknown" ? null : state;
}

function checkWord({ status, code }: NonNullable<HaproxyServer["check"]>): string {
  return code === null ? status : `${status} ${code}`;
}
