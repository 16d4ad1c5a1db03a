import { failure } from "#lib/core/failure.ts";
import type { PoolerConfig, PostgresConfig } from "#lib/integrations/postgres/config.ts";
import type { PooledView, PoolerView } from "#lib/integrations/postgres/detail.ts";
import { type AskingPooler, tellPooler } from "#lib/integrations/postgres/pooler-console.ts";
import { number, type Row, text } from "#lib/integrations/postgres/row.ts";

/** Longest that one of its two answers is waited for: it is no reason to be late with the cluster. */
const mostMs = 2_000;

/** How a PgBouncer stands, by its console. What it does not tell is inside: a pooler never fails a poll. */
export async function readPoolerView(
  context: AskingPooler,
  pooler: PoolerConfig,
  leftMs: () => number,
): Promise<PoolerView> {
  const within = () => Math.max(1, Math.min(mostMs, leftMs()));
  const { name } = pooler;
  const databases = await tellPooler(context, pooler, "SHOW", "DATABASES", within(), "look");
  if (!databases.ok) return { name, failure: databases.error, databases: [] };
  const pools = await tellPooler(context, pooler, "SHOW", "POOLS", within(), "look");
  return poolerViewOf(context.config, pooler, databases.value, pools.ok ? pools.value : null);
}

/** Pure: of `SHOW DATABASES` and `SHOW POOLS`, the databases that the configuration names. */
export function poolerViewOf(
  config: Pick<PostgresConfig, "nodes" | "roads">,
  { name, databases }: Pick<PoolerConfig, "name" | "databases">,
  rows: readonly Row[],
  pools: readonly Row[] | null,
): PoolerView {
  const found = databases.map((database) => rows.find((row) => row.name === database));
  const missing = databases.filter((_, at) => found[at] === undefined);
  const gone = failure("no-such-object", `it has no database ${missing.join(", ")}`);
  return {
    name,
    failure: missing.length === 0 ? null : gone,
    databases: databases.flatMap((database, at) => {
      const row = found[at];
      return row === undefined ? [] : [viewOf(config, database, row, pools)];
    }),
  };
}

function viewOf(
  { nodes, roads }: Pick<PostgresConfig, "nodes" | "roads">,
  name: string,
  row: Row,
  pools: readonly Row[] | null,
): PooledView {
  const host = text(row.host, 253) || null;
  const port = number(row.port) ?? 5432;
  const node = nodes.find((each) => each.address === host && each.port === port)?.name ?? null;
  const road = roads.find((each) => each.address === host && each.port === port)?.name;
  const mine = pools?.filter((pool) => pool.database === name) ?? null;
  const sum = (of: string) => mine?.reduce<number>((total, pool) => total + (number(pool[of]) ?? 0), 0) ?? null;
  return {
    name,
    node,
    leadsTo: node ?? road ?? (host === null ? "a socket" : `${host}:${port}`),
    state: number(row.disabled) === 1 ? "disabled" : number(row.paused) === 1 ? "paused" : "active",
    clients: mine === null ? null : (sum("cl_active") ?? 0) + (sum("cl_waiting") ?? 0),
    waiting: sum("cl_waiting"),
    longestWaitS: mine === null ? null : Math.max(0, ...mine.map((pool) => number(pool.maxwait) ?? 0)),
  };
}
