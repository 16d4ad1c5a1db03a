import { type AskedNode, addressOf, type Cluster } from "#lib/integrations/postgres/asked-node.ts";
import type { PostgresDetail, PostgresNode, PostgresRole } from "#lib/integrations/postgres/detail.ts";
import { managerIds } from "#lib/integrations/postgres/manager.ts";
import { replicaView } from "#lib/integrations/postgres/replica.ts";
import { matchStandbys } from "#lib/integrations/postgres/standby.ts";

/** Puts the nodes' readings together: who writes, who follows whom, how far behind. Pure. */
export function assemble(asked: readonly AskedNode[], previous: PostgresDetail | undefined): PostgresDetail {
  const writable = asked.filter((node) => node.reading?.identity.inRecovery === false);
  const primary = [...writable].sort((a, b) => timelineOf(b) - timelineOf(a))[0] ?? null;
  const cluster: Cluster = { asked, writable, primary };
  const matches = matchStandbys(asked);
  const roles = asked.map((node) => roleOf(node, cluster, matches.has(node.config.name), previous));
  const nodes = asked.map((node, index): PostgresNode => {
    const role = roles[index] ?? { role: null, roleFrom: null };
    return {
      ...nodeFacts(node),
      ...role,
      replica: role.role === "replica" ? replicaView(node, cluster, matches) : null,
    };
  });
  const first = asked.find((node) => node.reading !== null);
  const heads = writable.length > 0 ? writable : asked.filter((node) => node.reading !== null);
  const timeline = Math.max(0, ...heads.map(timelineOf));
  return {
    cluster: {
      systemId: (primary ?? first)?.reading?.identity.systemId ?? null,
      timeline: timeline === 0 ? null : timeline,
      writable: writable.map((node) => node.config.name),
      primary: primary?.config.name ?? null,
      ...managersOf(asked),
    },
    nodes,
  };
}

function managersOf(asked: readonly AskedNode[]): Pick<PostgresDetail["cluster"], "managers"> {
  const managers = managerIds.filter((id) => asked.some((node) => node.reading?.identity.managers.includes(id)));
  return managers.length === 0 ? {} : { managers };
}

function timelineOf(node: AskedNode): number {
  return node.reading?.identity.timeline ?? 0;
}

function roleOf(
  node: AskedNode,
  cluster: Cluster,
  listed: boolean,
  previous: PostgresDetail | undefined,
): Pick<PostgresNode, "role" | "roleFrom"> {
  if (node.reading !== null) {
    return { role: node.reading.identity.inRecovery ? "replica" : "primary", roleFrom: "told" };
  }
  if (listed) return { role: "replica", roleFrom: "inferred" };
  const before = previous?.nodes.find((each) => each.name === node.config.name)?.role ?? null;
  if (before !== null) return { role: before, roleFrom: "last" };
  const guess = guessedRole(node, cluster);
  return { role: guess, roleFrom: guess === null ? null : "inferred" };
}

/** Beside a node that writes, a silent one is a replica; among replicas alone, the one that is silent was the primary. */
function guessedRole(node: AskedNode, { asked, writable }: Cluster): PostgresRole | null {
  if (writable.length > 0) return "replica";
  const answering = asked.filter((each) => each.reading !== null);
  if (answering.length === 0) return null;
  const senders = answering.flatMap((each) => each.reading?.receivers ?? []);
  const isSender = ({ senderHost, senderPort }: (typeof senders)[number]) =>
    senderHost === node.config.address && senderPort === node.config.port;
  if (answering.length === asked.length - 1) return "primary";
  return senders.length > 0 && senders.every(isSender) ? "primary" : null;
}

function nodeFacts({ config, reading, failure }: AskedNode): Omit<PostgresNode, "role" | "roleFrom" | "replica"> {
  const identity = reading?.identity;
  return {
    name: config.name,
    address: addressOf(config),
    failure,
    version: identity?.version ?? null,
    systemId: identity?.systemId ?? null,
    timeline: identity?.timeline ?? null,
    uptimeS: identity?.uptimeS ?? null,
    lsn: {
      current: identity?.currentLsn ?? reading?.standbys?.[0]?.currentLsn ?? null,
      receive: reading?.replay?.receiveLsn ?? null,
      replay: reading?.replay?.replayLsn ?? null,
    },
    slots: reading?.slots?.map(({ activePid: _pid, ...slot }) => slot) ?? null,
    archiver: reading?.archiver ?? null,
    connections: reading?.connections ?? null,
    sessions: reading?.sessions ?? null,
    databases: reading?.databases ?? null,
    syncNames: identity !== undefined && !identity.inRecovery ? identity.syncNames : null,
    syncStandbys:
      reading?.standbys?.filter((row) => row.syncState === "sync" || row.syncState === "quorum").length ?? null,
    missingGrant: identity?.missingGrant ?? null,
    unread: reading?.unread ?? [],
  };
}
