import type { Failure } from "#lib/core/failure.ts";
import type { Fact, Rule } from "#lib/core/rule.ts";
import type { PostgresDetail, PostgresNode } from "#lib/integrations/postgres/detail.ts";

/** Who takes writes, and who cannot be asked. */
export const clusterRules: readonly Rule<PostgresDetail>[] = [
  {
    type: "fact",
    id: "two-writable",
    title: "Two nodes take writes",
    severity: "critical",
    help: "Two nodes with the same system identifier are both out of recovery: clients may write to either, and what one of them takes is lost. The higher timeline is the promoted one.",
    selfMade: true,
    find: findTwoWritable,
  },
  {
    type: "fact",
    id: "node-down",
    title: "The primary is down",
    blinds: ["longest-query", "longest-transaction", "idle-in-transaction", "blocked-sessions", "connections"],
    severity: "critical",
    help: "Nothing answers at the primary, or at a node that nothing else is known of. A former primary that was replaced is a warning: it must not come back as a primary.",
    selfMade: true,
    find: (detail) => detail.nodes.flatMap((node) => (node.role === "replica" ? [] : findNodeDown(node, detail))),
  },
  {
    type: "fact",
    id: "no-writable",
    title: "No node takes writes",
    severity: "critical",
    help: "Every node that answers is a replica.",
    selfMade: true,
    find: findNoWritable,
  },
  {
    type: "fact",
    id: "replica-down",
    title: "A replica is down",
    blinds: ["longest-query", "longest-transaction", "idle-in-transaction", "blocked-sessions", "connections"],
    severity: "warning",
    help: "Nothing answers at the replica. Critical when it is the last one: then nothing can take over.",
    selfMade: true,
    contained: "node",
    find: (detail) => detail.nodes.flatMap((node) => (node.role === "replica" ? findReplicaDown(node, detail) : [])),
  },
  {
    type: "fact",
    id: "cannot-look",
    title: "A node cannot be looked at",
    blinds: true,
    severity: "warning",
    help: "The way to the node failed, not the node: password, host key, name, bastion. Nothing is known about it.",
    selfMade: true,
    contained: true,
    find: (detail) =>
      detail.nodes.flatMap((node) =>
        node.failure !== null && !isDown(node.failure)
          ? [{ node: node.name, message: `cannot be looked at, ${node.failure.what}`, clause: "cannot be looked at" }]
          : [],
      ),
  },
  {
    type: "fact",
    id: "different-clusters",
    title: "Nodes of different clusters",
    severity: "critical",
    help: "The nodes have different system identifiers: they never were one cluster, or one of them was created anew. They are no replicas of each other.",
    selfMade: true,
    contained: true,
    find: findStrangers,
  },
  {
    type: "fact",
    id: "timeline-mismatch",
    title: "A replica is on an old timeline",
    severity: "critical",
    help: "The replica stayed on the timeline from before a promotion and cannot follow. It needs pg_rewind or a new base backup.",
    selfMade: true,
    contained: "node",
    find: findOldTimelines,
  },
];

function findTwoWritable({ cluster, nodes }: PostgresDetail): Fact[] {
  const writable = nodes.filter((node) => cluster.writable.includes(node.name));
  const facts: Fact[] = [];
  for (const systemId of new Set(writable.map((node) => node.systemId))) {
    const same = writable.filter((node) => node.systemId === systemId);
    if (same.length < 2) continue;
    const names = same.map((node) => node.name).join(" and ");
    facts.push({
      message: `${names} both take writes: split brain, ${promotedWords(same)}`,
      clause: `is split: ${names} both take writes`,
      value: same.length,
      limit: 1,
    });
  }
  return facts;
}

function promotedWords(nodes: readonly PostgresNode[]): string {
  const highest = Math.max(...nodes.map((node) => node.timeline ?? 0));
  const promoted = nodes.filter((node) => node.timeline === highest);
  const [only] = promoted;
  return only !== undefined && promoted.length === 1
    ? `${only.name} has the higher timeline (${highest}) and is the promoted one`
    : `all on timeline ${highest}, so one of them is a copied data folder`;
}

function findNoWritable({ cluster, nodes }: PostgresDetail): Fact[] {
  const answering = nodes.filter((node) => node.failure === null).length;
  if (cluster.writable.length > 0 || answering === 0) return [];
  const silent = nodes.filter((node) => node.failure !== null).map((node) => node.name);
  const rest = silent.length === 0 ? "" : `; ${silent.join(" and ")} cannot be asked`;
  const words =
    answering === 1 ? "the only answering node is a replica" : `all ${answering} answering nodes are replicas`;
  const [lost] = nodes.filter((node) => node.role === "primary" && node.failure !== null);
  const clause = lost === undefined ? "takes no writes" : `takes no writes, its primary ${lost.name} is down`;
  return [{ message: `no node takes writes, ${words}${rest}`, clause }];
}

/** Failures of the server or of the machine it runs on, as against those of Pitwall's way to it. */
function isDown({ kind }: Failure): boolean {
  switch (kind) {
    case "refused":
    case "timeout":
    case "stalled":
    case "unreachable":
    case "reset":
    case "starting-up":
    case "too-many-connections":
    case "not-running":
      return true;
    default:
      return false;
  }
}

function findNodeDown(node: PostgresNode, detail: PostgresDetail): Fact[] {
  if (node.failure === null || !isDown(node.failure)) return [];
  const { what } = node.failure;
  const [successor] = detail.cluster.writable;
  if (node.role === null) {
    const severity = detail.nodes.every((other) => other.failure !== null) ? "critical" : "warning";
    return [{ node: node.name, severity, message: `is down, ${what}`, clause: "is down" }];
  }
  if (successor === undefined) {
    return [
      { node: node.name, message: `the primary is down, ${what}${stillStreaming(node, detail)}`, clause: "is down" },
    ];
  }
  const message = `the former primary is down, ${what}; ${successor} took over, so it must not come back as a primary`;
  return [{ node: node.name, severity: "warning", message, clause: "lost its former primary" }];
}

function findReplicaDown(node: PostgresNode, detail: PostgresDetail): Fact[] {
  if (node.failure === null || !isDown(node.failure)) return [];
  const { what } = node.failure;
  const last = !detail.nodes.some((other) => other.replica !== null && other.failure === null);
  if (last && detail.cluster.writable.length > 0) {
    return [
      {
        node: node.name,
        severity: "critical",
        message: `the last replica is down, ${what}`,
        clause: "has no replica left",
      },
    ];
  }
  const severity = detail.nodes.every((other) => other.failure !== null) ? "critical" : "warning";
  return [{ node: node.name, severity, message: `replica is down, ${what}`, clause: "has lost a replica" }];
}

/** A primary that its replicas still hear is alive: then the trouble lies between it and Pitwall. */
function stillStreaming(node: PostgresNode, { nodes }: PostgresDetail): string {
  const hearing = nodes.filter(
    ({ replica }) =>
      replica?.upstream === node.name && replica.receiverStatus === "streaming" && (replica.lastMessageAgeS ?? 99) < 15,
  );
  return hearing.length === 0 ? "" : `; but ${hearing.map((each) => each.name).join(" and ")} still hears from it`;
}

function findStrangers({ cluster, nodes }: PostgresDetail): Fact[] {
  return nodes
    .filter((node) => node.systemId !== null && cluster.systemId !== null && node.systemId !== cluster.systemId)
    .map((node) => ({
      node: node.name,
      message: `belongs to another cluster, system identifier ${node.systemId} instead of ${cluster.systemId}`,
      clause: "has nodes of another cluster",
    }));
}

function findOldTimelines({ cluster, nodes }: PostgresDetail): Fact[] {
  return nodes.flatMap((node) => {
    const { timeline } = node;
    if (node.replica === null || timeline === null || cluster.timeline === null) return [];
    if (cluster.writable.length === 0 || timeline >= cluster.timeline || node.systemId !== cluster.systemId) return [];
    return [
      {
        node: node.name,
        message: `is on timeline ${timeline}, ${cluster.primary ?? "the primary"} on ${cluster.timeline}`,
        clause: "has a replica that cannot follow",
        value: timeline,
        limit: cluster.timeline,
      },
    ];
  });
}
