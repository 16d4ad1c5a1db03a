import type { Reading, Rule } from "#lib/core/rule.ts";
import type { BlockingChain, PostgresDetail, PostgresNode, SessionView } from "#lib/integrations/postgres/detail.ts";

/** How each server fares: connections, sessions, archive, transaction ids, and what is hidden from us. */
export const serverRules: readonly Rule<PostgresDetail>[] = [
  {
    type: "threshold",
    id: "connections",
    title: "Client connections",
    unit: "percent",
    raise: "above",
    warning: 80,
    critical: 95,
    help: "Client backends against max_connections less the reserved ones. At 100 % new clients are turned away.",
    read: (detail) =>
      detail.nodes.map(({ name, connections }) => ({
        node: name,
        value: connections === null ? null : (100 * connections.used) / connections.limit,
        say: (number) => `${connections?.used} of ${connections?.limit} connections taken, ${number}`,
        clause: () => `has ${connections?.used} of ${connections?.limit} connections taken`,
      })),
  },
  {
    type: "threshold",
    id: "longest-query",
    title: "Longest running query",
    unit: "s",
    raise: "above",
    warning: 300,
    critical: 1_800,
    help: "Client backends only; WAL senders and workers run for ever.",
    read: (detail) => sessionReadings(detail, "longestQuery", (each) => each.queryAgeS, "query running for"),
  },
  {
    type: "threshold",
    id: "longest-transaction",
    title: "Longest open transaction",
    unit: "s",
    raise: "above",
    warning: 300,
    critical: 1_800,
    help: "An open transaction holds back vacuum and keeps its locks.",
    read: (detail) =>
      sessionReadings(detail, "longestTransaction", (each) => each.transactionAgeS, "transaction open for"),
  },
  {
    type: "threshold",
    id: "idle-in-transaction",
    title: "Longest idle in transaction",
    unit: "s",
    raise: "above",
    warning: 300,
    critical: 1_800,
    help: "A client began a transaction and went silent. Cancelling does nothing to it; it must be terminated.",
    read: (detail) =>
      sessionReadings(detail, "longestIdleInTransaction", (each) => each.stateAgeS, "session idle in transaction for"),
  },
  {
    type: "threshold",
    id: "blocked-sessions",
    title: "Sessions blocked by a lock",
    unit: "s",
    raise: "above",
    warning: 5,
    critical: 60,
    help: "How long the longest victim of one blocker waits. The message names the session at the root of the chain, which is the one to end.",
    read: (detail) =>
      detail.nodes.flatMap((node) => (node.sessions?.chains ?? []).map((chain) => chainReading(node, chain))),
  },
  {
    type: "fact",
    id: "archiver-failing",
    title: "Archiving fails",
    severity: "warning",
    help: "The last attempt to archive a WAL segment failed. WAL piles up on the primary, and a restore would end at the last archived segment.",
    contained: true,
    find: (detail) =>
      detail.nodes.flatMap((node) =>
        node.archiver?.failing === true
          ? [{ node: node.name, message: archiverWords(node.archiver), clause: "fails to archive" }]
          : [],
      ),
  },
  {
    type: "threshold",
    id: "archive-backlog",
    title: "WAL segments waiting for the archive",
    unit: "count",
    raise: "above",
    warning: 20,
    critical: 200,
    help: "Segments of 16 MB that are ready and not archived (PostgreSQL 12 and newer).",
    contained: true,
    read: (detail) =>
      detail.nodes.map((node) => ({
        node: node.name,
        value: node.archiver?.readySegments ?? null,
        say: (number) => `${number} WAL segments wait for the archive`,
        clause: (number) => `has ${number} WAL segments waiting for the archive`,
      })),
  },
  {
    type: "threshold",
    id: "wraparound",
    title: "Age of the oldest transaction id",
    unit: "count",
    raise: "above",
    warning: 400_000_000,
    critical: 1_500_000_000,
    help: "Transactions since the oldest unfrozen one. autovacuum_freeze_max_age, 200 million by default, starts a vacuum for it; twice that says it does not get done. Writes stop near 2.1 billion.",
    contained: true,
    read: (detail) =>
      detail.nodes.flatMap((node) =>
        (node.databases ?? []).map((database) => ({
          node: node.name,
          subject: database.name,
          value: database.xidAge,
          say: (number) => `oldest transaction id of database ${database.name} is ${number} old`,
          clause: () => "comes near transaction id wraparound",
        })),
      ),
  },
  {
    type: "fact",
    id: "missing-grant",
    title: "Numbers are hidden",
    blinds: true,
    severity: "warning",
    help: "The role is no member of pg_monitor. PostgreSQL does not refuse then: it answers with empty columns, so lag, sessions and connections are unknown.",
    selfMade: true,
    contained: true,
    find: (detail) =>
      detail.nodes.flatMap((node) =>
        node.missingGrant === true
          ? [
              {
                node: node.name,
                message: "numbers are hidden from Pitwall's role, grant it pg_monitor",
                clause: "hides its numbers",
              },
            ]
          : [],
      ),
  },
  {
    type: "fact",
    id: "part-unread",
    title: "A part could not be read",
    blinds: true,
    severity: "info",
    help: "One of the statements of the poll failed while others worked; its numbers are missing on the board.",
    selfMade: true,
    contained: true,
    find: (detail) =>
      detail.nodes.flatMap((node) =>
        node.missingGrant === true
          ? []
          : node.unread.map(({ part, failure }) => ({
              node: node.name,
              subject: part,
              message: `${part.replaceAll("_", " ")} could not be read, ${failure.what}`,
              clause: "could not be read in part",
            })),
      ),
  },
];

function sessionReadings(
  detail: PostgresDetail,
  which: "longestQuery" | "longestTransaction" | "longestIdleInTransaction",
  age: (session: SessionView) => number | null,
  words: string,
): Reading[] {
  return detail.nodes.flatMap((node) => {
    const session = node.sessions?.[which];
    if (session == null) return [];
    return [
      {
        node: node.name,
        value: age(session),
        say: (number) => `${words} ${number} by ${who(session)}`,
        clause: (number) => `has a ${words} ${number}`,
        ...ending(node, session),
      },
    ];
  });
}

/** Never the query's text: a finding goes further than the board. */
function who(session: SessionView): string {
  const name = session.application ?? session.user ?? "an unknown session";
  const user = session.application !== null && session.user !== null ? ` (${session.user})` : "";
  return session.pid === 0 ? name : `${name}${user}, pid ${session.pid}`;
}

function chainReading(node: PostgresNode, chain: BlockingChain): Reading {
  const count = chain.blockedCount === 1 ? "1 session waits" : `${chain.blockedCount} sessions wait`;
  const state = chain.root.state === null ? "" : `, ${chain.root.state}`;
  return {
    node: node.name,
    subject: `pid ${chain.root.pid}`,
    value: chain.longestWaitS,
    say: (number) => `${count} for ${who(chain.root)}${state}, longest ${number}`,
    clause: (number) => `has sessions blocked for ${number}`,
    ...ending(node, chain.root),
  };
}

/** The remedy: the statement of one that runs, the whole session of one that is silent. */
function ending(node: PostgresNode, { identity, state }: SessionView): Pick<Reading, "action"> {
  if (identity == null) return {};
  const id = state === "active" ? "cancel-query" : "terminate-session";
  return { action: { id, params: { session: `${node.name}/${identity}` } } };
}

function archiverWords(archiver: NonNullable<PostgresNode["archiver"]>): string {
  const waiting = archiver.readySegments === null ? "" : `, ${archiver.readySegments} segments wait`;
  return `archiving fails at ${archiver.lastFailedWal ?? "an unknown segment"}${waiting}`;
}
