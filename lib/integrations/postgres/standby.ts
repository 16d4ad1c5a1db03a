import type { AskedNode } from "#lib/integrations/postgres/asked-node.ts";
import type { StandbyRow } from "#lib/integrations/postgres/parse.ts";

/** The row of pg_stat_replication that stands for a node, and the node that keeps it. */
export interface StandbyMatch {
  readonly upstream: AskedNode;
  readonly row: StandbyRow;
}

type SameStandby = (row: StandbyRow, node: AskedNode, upstream: AskedNode) => boolean;

/**
 * Which row is which node. Nothing in PostgreSQL says so outright, so the strongest sign goes first: the slot that both
 * sides name, the application name of the receiver, names that happen to be equal, the address, and at last what is
 * left over when it is one of each. A sign counts only where it points at one row and one node.
 */
export function matchStandbys(asked: readonly AskedNode[]): Map<string, StandbyMatch> {
  const found = new Map<string, StandbyMatch>();
  for (const upstream of asked) {
    const taken = new Set<StandbyRow>();
    const rows = standbysOf(upstream);
    for (const same of signs) {
      const free = rows.filter((row) => !taken.has(row));
      const nodes = asked.filter((node) => isCandidate(node, upstream) && !found.has(node.config.name));
      for (const [row, node] of onlyPairs(free, nodes, (a, b) => same(a, b, upstream))) {
        taken.add(row);
        found.set(node.config.name, { upstream, row });
      }
    }
  }
  return found;
}

/** Rows that no node of the service could be told to be: while there are any, absence proves nothing. */
export function hasUnmatchedRows(asked: readonly AskedNode[], matches: ReadonlyMap<string, StandbyMatch>): boolean {
  const known = new Set([...matches.values()].map((match) => match.row));
  return asked.some((node) => standbysOf(node).some((row) => !known.has(row)));
}

/** A base backup streams as well, but nobody replays it; and a receiver of archives has no server behind it. */
function standbysOf(node: AskedNode): readonly StandbyRow[] {
  return (node.reading?.standbys ?? []).filter(
    (row) => row.state !== "backup" && row.application !== "pg_basebackup" && row.application !== "pg_receivewal",
  );
}

function isCandidate(node: AskedNode, upstream: AskedNode): boolean {
  return node !== upstream && node.reading?.identity.inRecovery !== false && node.reading?.receivers?.length !== 0;
}

const signs: readonly SameStandby[] = [
  (row, node, upstream) => {
    const slot = node.reading?.receivers?.[0]?.slot ?? null;
    const pid = upstream.reading?.slots?.find((each) => each.name === slot)?.activePid ?? null;
    return slot !== null && pid !== null && pid === row.pid;
  },
  (row, node, upstream) => sameApplication(row, node) && !sentByAnother(node, upstream),
  sameApplication,
  (row, node) => row.application !== null && row.application === node.config.name,
  (row, node) => row.application !== null && row.application === (node.reading?.identity.clusterName ?? null),
  (row, node) => row.client !== null && row.client === node.config.address,
  (_row, node, upstream) =>
    node.reading !== null && (node.reading.receivers?.length ?? 0) > 0 && !sentByAnother(node, upstream),
];

function sameApplication(row: StandbyRow, node: AskedNode): boolean {
  const application = node.reading?.receivers?.[0]?.application ?? null;
  return application !== null && application === row.application;
}

/** The receiver names another port than this upstream's: hosts are spelled in many ways, ports are not. */
function sentByAnother(node: AskedNode, upstream: AskedNode): boolean {
  const port = node.reading?.receivers?.[0]?.senderPort ?? null;
  return port !== null && upstream.config.via === undefined && port !== upstream.config.port;
}

function onlyPairs(
  rows: readonly StandbyRow[],
  nodes: readonly AskedNode[],
  same: (row: StandbyRow, node: AskedNode) => boolean,
): [StandbyRow, AskedNode][] {
  return rows.flatMap((row) => {
    const [node, ...others] = nodes.filter((each) => same(row, each));
    if (node === undefined || others.length > 0) return [];
    return rows.filter((each) => same(each, node)).length === 1 ? [[row, node] as [StandbyRow, AskedNode]] : [];
  });
}
