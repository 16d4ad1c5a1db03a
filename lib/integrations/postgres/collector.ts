import { type Failure, type FailureKind, failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { CollectContext, Collector, Metric } from "#lib/integrations/integration.ts";
import { type AskedNode, addressOf } from "#lib/integrations/postgres/asked-node.ts";
import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresDetail, PostgresNode } from "#lib/integrations/postgres/detail.ts";
import { type PartRows, parseNode, spellVersion } from "#lib/integrations/postgres/parse.ts";
import { readPoolerView } from "#lib/integrations/postgres/pooler-view.ts";
import {
  oldestVersionNum,
  partsFor,
  type QueryPart,
  queriesFor,
  versionQuery,
} from "#lib/integrations/postgres/queries.ts";
import { flag, number, type Row } from "#lib/integrations/postgres/row.ts";
import { targetOf } from "#lib/integrations/postgres/target.ts";
import { assemble } from "#lib/integrations/postgres/topology.ts";

type Context = CollectContext<PostgresConfig, PostgresDetail>;

/** Bytes of one statement's answer: 200 sessions with their queries fit many times over. */
const maxBytes = 1_000_000;

/**
 * Asks all nodes at the same time. A node that fails is told inside the detail; the poll as a whole fails only when no
 * node answered and no failure says that the server itself is down.
 */
export const collect: Collector<PostgresConfig, PostgresDetail> = async (context) => {
  // A hung node must come back as a timeout before the poll's own deadline takes the other nodes' answers with it.
  const deadline = context.now() + context.timeoutMs - Math.max(100, context.timeoutMs / 10);
  const { nodes, poolers } = context.config;
  const reads = poolers.map((pooler) => readPoolerView(context, pooler, () => deadline - context.now()));
  const asked = await Promise.all(nodes.map((node) => askNode(context, node, deadline)));
  const pooled = await Promise.all(reads);
  const blind = asked.every((node) => node.failure !== null && !isDownEvidence(node.failure.kind));
  if (blind) return err(asked[0]?.failure ?? failure("internal", "no node is configured"));
  const cluster = keepLastWritten(assemble(asked, context.previous?.detail), context.previous);
  const detail = pooled.length === 0 ? cluster : { ...cluster, poolers: pooled };
  return ok({ detail, metrics: detail.nodes.flatMap(metricsOf) });
};

/** Of a node that cannot be asked its last position stays: it tells how much a failover would lose. */
function keepLastWritten(detail: PostgresDetail, previous: Context["previous"]): PostgresDetail {
  const nodes = detail.nodes.map((node): PostgresNode => {
    const before = previous?.detail.nodes.find((each) => each.name === node.name);
    if (node.failure === null || before === undefined || previous === undefined) return node;
    const told = before.failure === null && before.role === "primary" ? before.lsn.current : null;
    const lastWritten = told === null ? (before.lastWritten ?? null) : { lsn: told, at: previous.at };
    return { ...node, lastWritten };
  });
  return { ...detail, nodes };
}

/** Whether the failure tells of the server and not of the way to it. */
export function isDownEvidence(kind: FailureKind): boolean {
  return kind === "refused" || kind === "starting-up" || kind === "too-many-connections" || kind === "not-running";
}

async function askNode(context: Context, node: PostgresNodeConfig, deadline: number): Promise<AskedNode> {
  const parts = await readNode(context, node, deadline);
  if (!parts.ok) return { config: node, reading: null, failure: parts.error };
  const reading = parseNode(parts.value);
  return reading === undefined
    ? { config: node, reading: null, failure: failure("malformed", `${node.name} did not say what it is`) }
    : { config: node, reading, failure: null };
}

async function readNode(context: Context, node: PostgresNodeConfig, deadline: number): Promise<Result<PartRows>> {
  const target = targetOf(context.config, node, context.secret);
  if (!target.ok) return target;
  const ask = (sql: string) =>
    context.transports.postgres.query<Record<string, unknown>>(target.value, sql, [], {
      timeoutMs: Math.max(1, deadline - context.now()),
      signal: context.signal,
      maxBytes,
    });
  const version = await ask(versionQuery);
  if (!version.ok) return version;
  const versionNum = number(version.value[0]?.version_num);
  if (versionNum === null) return err(failure("malformed", `${addressOf(node)} did not tell its version`));
  if (versionNum < oldestVersionNum) {
    return err(failure("unsupported-version", `${node.name} runs ${spellVersion(versionNum)}, older than 9.6`));
  }
  const queries = queriesFor(versionNum);
  const identity = await ask(queries.identity ?? "");
  if (!identity.ok) return identity;
  const inRecovery = flag(identity.value[0]?.in_recovery) ?? false;
  return ok({ identity: identity.value, ...(await readParts(ask, queries, partsFor(inRecovery))) });
}

/** One after the other on the node's one connection. A part that fails leaves the others; a broken connection ends them. */
async function readParts(
  ask: (sql: string) => Promise<Result<Row[]>>,
  queries: Partial<Record<QueryPart, string>>,
  parts: readonly QueryPart[],
): Promise<PartRows> {
  const got: PartRows = {};
  let broken: Failure | null = null;
  for (const part of parts) {
    const sql = queries[part];
    if (sql === undefined) continue;
    const answer: Result<Row[]> = broken === null ? await ask(sql) : err(broken);
    got[part] = answer.ok ? answer.value : answer.error;
    if (!answer.ok && endsConnection(answer.error.kind)) broken = answer.error;
  }
  return got;
}

function endsConnection(kind: FailureKind): boolean {
  return kind === "timeout" || kind === "reset" || kind === "refused" || kind === "aborted" || kind === "stalled";
}

function metricsOf(node: PostgresNode): Metric[] {
  const of = (id: string, value: number | null, subject?: string): Metric =>
    subject === undefined ? { id, node: node.name, value } : { id, node: node.name, subject, value };
  const { connections, sessions, replica } = node;
  const common = [
    of("connections", connections?.used ?? null),
    of("connections_used", connections === null ? null : (100 * connections.used) / connections.limit),
    of("blocked_sessions", sessions?.blockedCount ?? null),
    of("longest_query", sessions === null ? null : (sessions.longestQuery?.queryAgeS ?? 0)),
    of("longest_transaction", sessions === null ? null : (sessions.longestTransaction?.transactionAgeS ?? 0)),
    ...(node.slots ?? []).map((slot) => of("retained_bytes", slot.retainedBytes, slot.name)),
  ];
  if (replica !== null) {
    return [of("lag_bytes", replica.lagBytes), of("lag_seconds", replica.lagSeconds), ...common];
  }
  return [
    ...common,
    of("archive_backlog", node.archiver?.readySegments ?? null),
    of("xid_age", node.databases === null ? null : Math.max(0, ...node.databases.map((each) => each.xidAge))),
  ];
}
