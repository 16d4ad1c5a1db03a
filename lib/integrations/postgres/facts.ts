import { type Fact, namesFact } from "#lib/core/fact.ts";
import type { PostgresDetail, PostgresNode } from "#lib/integrations/postgres/detail.ts";

/** What of a cluster stands still until it is changed: who writes, who follows whom, versions and settings. */
export function postgresFacts({ cluster, nodes, poolers = [] }: PostgresDetail): Fact[] {
  const asked = nodes.some((node) => node.roleFrom === "told");
  return [
    { subject: "cluster", name: "takes writes", value: asked ? namesFact(cluster.writable) : null },
    { subject: "cluster", name: "moved by", value: asked ? namesFact(cluster.managers ?? []) : null },
    ...nodes.flatMap(factsOfNode),
    ...poolers.flatMap(({ name: subject, databases }) =>
      databases.flatMap(({ name, leadsTo, state }) => [
        { subject, name: `${name} leads to`, value: leadsTo },
        { subject, name: `${name} is`, value: state },
      ]),
    ),
  ];
}

function factsOfNode(node: PostgresNode): Fact[] {
  const { name: subject, replica } = node;
  const fact = (name: string, value: Fact["value"]): Fact => ({ subject, name, value });
  return [
    // What others or the past say of a role is no change of it.
    fact("role", node.roleFrom === "told" ? node.role : null),
    fact("version", node.version),
    fact("timeline", node.timeline),
    fact("system identifier", node.systemId),
    fact("address", node.address),
    fact("synchronous standbys wanted", node.syncNames),
    fact("connection limit", node.connections?.limit ?? null),
    fact("slots", node.slots === null ? null : namesFact(node.slots.map((slot) => slot.name))),
    ...(replica === null
      ? []
      : [
          fact("follows", replica.upstream),
          fact("replication", replica.state === "unknown" ? null : replica.state),
          fact("synchronous", replica.syncState),
        ]),
  ];
}
