import type { Failure } from "#lib/core/failure.ts";
import type { Finding } from "#lib/core/finding.ts";
import type { RuleMemory } from "#lib/core/rule.ts";
import { memoryOf, type StateMemory } from "#lib/core/state.ts";
import type { Status } from "#lib/core/status.ts";
import type { ServiceState } from "#lib/store/client/client.ts";
import type { KeptKey } from "#lib/store/kept.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
import type { OfferDto, Trend } from "#lib/wire/board.ts";

/** What the last poll said of a service. Times are epoch milliseconds. */
export interface StateRow {
  readonly serviceId: string;
  readonly status: Status;
  readonly since: number | null;
  readonly checkedAt: number | null;
  readonly summary: string;
  readonly findings: readonly Finding[];
  readonly failure: Failure | null;
  /** Of the last good poll; `null` before the first. */
  readonly detail: unknown;
  readonly detailAt: number | null;
  readonly trend: Trend;
  readonly actions: readonly OfferDto[];
  /** What is confirmed, and what the next judgement needs to know. Its status is the one shown. */
  readonly memory: StateMemory;
  /** What rules with `clear` or `for` remember. */
  readonly ruleMemory: RuleMemory;
}

export interface StoredState extends StateRow {
  readonly seq: number;
}

export async function listStates({ db, kept }: Reading, ids?: readonly string[]): Promise<StoredState[]> {
  if (ids !== undefined || kept === undefined) {
    const rows = await db.serviceState.findMany({ where: ids === undefined ? {} : { serviceId: { in: [...ids] } } });
    return rows.map(toState);
  }
  const { seq: after, rows } = kept.get(keptStates);
  const newer = (await db.serviceState.findMany({ where: { seq: { gt: BigInt(after) } } })).map(toState);
  if (newer.length === 0) return [...rows.values()];
  const all = new Map(rows);
  for (const state of newer) all.set(state.serviceId, state);
  kept.set(keptStates, { seq: newer.reduce((last, { seq }) => Math.max(last, seq), after), rows: all });
  return [...all.values()];
}

/** All states, with the change number they reach up to. */
const keptStates: KeptKey<{ readonly seq: number; readonly rows: ReadonlyMap<string, StoredState> }> = {
  empty: { seq: -1, rows: new Map() },
};

export async function findState({ db }: Reading, serviceId: string): Promise<StoredState | null> {
  const row = await db.serviceState.findUnique({ where: { serviceId } });
  return row === null ? null : toState(row);
}

/** Writes many states; at a thousand polls a second this is most of what the store costs. */
export async function writeStates({ prepare, seq }: Writing, states: readonly StateRow[]): Promise<void> {
  const upsert = prepare(upsertSql);
  for (const state of states) upsert.run(valuesOf(state, seq));
}

const columns = [
  "serviceId",
  "status",
  "since",
  "checkedAt",
  "summary",
  "findings",
  "failure",
  "detail",
  "detailAt",
  "trend",
  "actions",
  "memory",
  "seq",
] as const;

const upsertSql = `INSERT INTO "ServiceState" (${columns.map((name) => `"${name}"`).join(",")})
  VALUES (${columns.map(() => "?").join(",")})
  ON CONFLICT ("serviceId") DO UPDATE SET ${columns.map((name) => `"${name}"=excluded."${name}"`).join(",")}`;

function valuesOf(state: StateRow, seq: number): unknown[] {
  return [
    state.serviceId,
    state.status,
    state.since,
    state.checkedAt,
    state.summary,
    JSON.stringify(state.findings),
    state.failure === null ? null : JSON.stringify(state.failure),
    state.detail === null || state.detail === undefined ? null : JSON.stringify(state.detail),
    state.detailAt,
    JSON.stringify(state.trend),
    JSON.stringify(state.actions),
    JSON.stringify({ ...state.memory, rules: state.ruleMemory }),
    seq,
  ];
}

function toState(row: ServiceState): StoredState {
  return {
    serviceId: row.serviceId,
    status: row.status as Status,
    since: row.since?.getTime() ?? null,
    checkedAt: row.checkedAt?.getTime() ?? null,
    summary: row.summary,
    findings: JSON.parse(row.findings) as Finding[],
    failure: row.failure === null ? null : (JSON.parse(row.failure) as Failure),
    detail: row.detail === null ? null : JSON.parse(row.detail),
    detailAt: row.detailAt?.getTime() ?? null,
    trend: JSON.parse(row.trend) as Trend,
    actions: JSON.parse(row.actions) as OfferDto[],
    ...memoriesOf(row),
    seq: Number(row.seq),
  };
}

function memoriesOf(row: ServiceState): Pick<StateRow, "memory" | "ruleMemory"> {
  if (row.memory === null) {
    return { memory: memoryOf(row.status as Status, row.since?.getTime() ?? null), ruleMemory: {} };
  }
  const { rules, ...memory } = JSON.parse(row.memory) as StateMemory & { rules?: RuleMemory };
  return { memory, ruleMemory: rules ?? {} };
}
