import type { Fact, Rule } from "#lib/core/rule.ts";
import type { PooledView, PostgresDetail } from "#lib/integrations/postgres/detail.ts";

/** The PgBouncers before the cluster: whether their clients get through, and to whom. */
export const poolerRules: readonly Rule<PostgresDetail>[] = [
  {
    type: "fact",
    id: "pooler-held",
    title: "A PgBouncer holds its clients",
    severity: "warning",
    help: "A database of a PgBouncer is paused or disabled, and no error tells its clients: they wait. A switchover does so for seconds; longer, somebody forgot `RESUME` or `ENABLE`.",
    find: (detail) =>
      pooled(detail).flatMap(({ pooler, database: { name, state, waiting } }) =>
        state === "active"
          ? []
          : [
              {
                subject: pooler,
                message: `${name} on ${pooler} is ${state}${waitingWords(waiting)}`,
                clause: `has ${name} ${state} on ${pooler}`,
                ...(state === "paused" ? { action: { id: "resume-pooler", params: { pooler } } } : {}),
              },
            ],
      ),
  },
  {
    type: "fact",
    id: "pooler-astray",
    title: "A PgBouncer leads to a node that takes no writes",
    severity: "critical",
    help: "Another node takes writes than the one its databases lead to, so that whatever its clients write fails.",
    find: (detail) => pooled(detail).flatMap((each) => astray(each, detail)),
  },
];

interface Pooled {
  readonly pooler: string;
  readonly database: PooledView;
}

function pooled({ poolers = [] }: PostgresDetail): Pooled[] {
  return poolers.flatMap(({ name, databases }) => databases.map((database) => ({ pooler: name, database })));
}

function waitingWords(waiting: number | null): string {
  return waiting === null || waiting === 0 ? "" : `, ${waiting} ${waiting === 1 ? "client waits" : "clients wait"}`;
}

/** Only where exactly one node is known to take writes, and it is another one. */
function astray({ pooler, database: { name, node } }: Pooled, { cluster: { writable } }: PostgresDetail): Fact[] {
  const [writer] = writable;
  if (writer === undefined || writable.length > 1 || node === null || node === writer) return [];
  const message = `${pooler} leads ${name} to ${node}, and ${writer} takes the writes`;
  return [{ subject: pooler, message, clause: `has ${pooler} leading ${name} to ${node}` }];
}
