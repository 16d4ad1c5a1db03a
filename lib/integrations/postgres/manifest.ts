import { formatDuration } from "#lib/core/duration.ts";
import { formatBytes } from "#lib/core/unit.ts";
import type { Manifest } from "#lib/integrations/integration.ts";
import { type PostgresConfig, postgresConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresDetail, PostgresNode } from "#lib/integrations/postgres/detail.ts";
import { endpoints } from "#lib/integrations/postgres/endpoints.ts";
import { postgresFacts } from "#lib/integrations/postgres/facts.ts";
import { postgresGrants } from "#lib/integrations/postgres/grants.ts";
import { postgresRules } from "#lib/integrations/postgres/rules.ts";
import { postgresRunbooks } from "#lib/integrations/postgres/runbooks.ts";
import { postgresStreams } from "#lib/integrations/postgres/streams.ts";

export const manifest: Manifest<PostgresConfig, PostgresDetail> = {
  kind: "postgres",
  title: "PostgreSQL",
  about: "A PostgreSQL cluster of any number of nodes, 9.6 to 18: roles, replication, sessions, locks and limits.",
  config: postgresConfig,
  metrics: {
    lag_bytes: { title: "Replication lag", unit: "bytes", trend: true },
    lag_seconds: { title: "Replication lag in time", unit: "s", trend: true },
    connections: { title: "Client connections", unit: "count", trend: true },
    connections_used: { title: "Client connections of the limit", unit: "percent" },
    blocked_sessions: { title: "Blocked sessions", unit: "count" },
    longest_query: { title: "Longest running query", unit: "s" },
    longest_transaction: { title: "Longest open transaction", unit: "s" },
    retained_bytes: { title: "WAL kept for a slot", unit: "bytes" },
    archive_backlog: { title: "WAL segments waiting for the archive", unit: "count" },
    xid_age: { title: "Oldest unfrozen transaction", unit: "count" },
  },
  rules: postgresRules,
  runbooks: postgresRunbooks,
  nodes: (config) => config.nodes.map((node) => node.name),
  summarise,
  facts: postgresFacts,
  endpoints,
  grants: postgresGrants,
  streams: postgresStreams,
  autoheal: {
    "resume-replay": "somebody paused it on purpose",
    "resume-pooler": "somebody paused it on purpose",
    "cancel-query": "whether a query may be ended is for people to say: it may be a backup or a migration",
    "terminate-session": "whether a session may be ended is for people to say: it may be a backup or a migration",
    "cancel-old-queries": "it ends many queries at once",
    "terminate-old-sessions": "it ends many sessions at once",
    "drop-slot": "what the slot kept for its consumer is lost",
    switchover: "who writes is never moved without a person",
    failover: "who writes is never moved without a person, and what is lost must be read first",
    rejoin: "it overwrites what the old primary alone has",
  },
  columns: 5,
};

/** `pg-a writes · 2 replicas, 0.1 s behind`; says first what is out of order. */
function summarise(detail: PostgresDetail): string {
  const replicas = detail.nodes.filter((node) => node.replica !== null);
  return [writerWords(detail), replicas.length === 0 ? null : replicaWords(replicas)].filter(Boolean).join(" · ");
}

function writerWords({ cluster, nodes }: PostgresDetail): string {
  if (cluster.writable.length > 1) return `${cluster.writable.join(" and ")} both take writes`;
  const [writer] = cluster.writable;
  if (writer !== undefined) return `${writer} writes`;
  const lost = nodes.find((node) => node.role === "primary" && node.failure !== null);
  return lost === undefined ? "no node takes writes" : `${lost.name} cannot be asked`;
}

function replicaWords(replicas: readonly PostgresNode[]): string {
  const count = `${replicas.length} ${replicas.length === 1 ? "replica" : "replicas"}`;
  const off = replicas.filter(({ replica }) => replica?.state !== "streaming");
  if (off.length > 0) return `${count}, ${off.length} not following`;
  const seconds = replicas.map(({ replica }) => replica?.lagSeconds ?? null);
  if (seconds.every((value) => value !== null)) {
    const worst = Math.max(...seconds);
    return worst === 0 ? `${count}, up to date` : `${count}, ${formatDuration(worst * 1_000)} behind`;
  }
  const bytes = replicas.map(({ replica }) => replica?.lagBytes ?? null).filter((value) => value !== null);
  return bytes.length === replicas.length
    ? `${count}, ${formatBytes(Math.max(...bytes))} behind`
    : `${count}, lag unknown`;
}
