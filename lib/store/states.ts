import type { Failure } from "#lib/core/failure.ts";
import type { Finding } from "#lib/core/finding.ts";
import type { RuleMemory } from "#lib/core/rule.ts";
import { emptyMemory, memoryOf, type StateMemory } from "#lib/core/state.ts";
import type { Status } from "#lib/core/status.ts";
import type { KeptKey } from "#lib/store/kept.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
import { RecentTrend, unpackTrend } from "#lib/store/trend.ts";
import { upsertSql } from "#lib/store/upsert-sql.ts";
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
  /** Goes on with each poll: what is written is how far it is by then. */
  readonly trend: RecentTrend;
  readonly actions: readonly OfferDto[];
  /** What is confirmed, and what the next judgement needs to know. Its status is the one shown. */
  readonly memory: StateMemory;
  /** What rules with `clear` or `for` remember. */
  readonly ruleMemory: RuleMemory;
}

export interface StoredState extends Omit<StateRow, "trend"> {
  readonly trend: Trend;
  readonly seq: number;
}

/** Of a service that was not polled yet. */
export function emptyState(serviceId: string): StateRow {
  return {
    serviceId,
    status: "unknown",
    since: null,
    checkedAt: null,
    summary: "not checked yet",
    findings: [],
    failure: null,
    detail: null,
    detailAt: null,
    trend: new RecentTrend(),
    actions: [],
    memory: emptyMemory,
    ruleMemory: {},
  };
}

export async function listStates(reading: Reading, ids?: readonly string[]): Promise<StoredState[]> {
  if (ids === undefined) return [...statesById(reading).values()];
  const some = `SELECT * FROM "ServiceState" WHERE "serviceId" IN (SELECT "value" FROM json_each(?))`;
  return (reading.prepare(some).all(JSON.stringify(ids)) as ServiceState[]).map(toState);
}

/** All states by their services' ids. Not to be held on to: the next reader's cut goes on with the same map. */
export function statesById({ prepare, kept }: Reading): ReadonlyMap<string, StoredState> {
  const states = kept?.get(keptStates) ?? { seq: -1, rows: new Map() };
  for (const row of prepare(`SELECT * FROM "ServiceState" WHERE "seq" > ?`).all(states.seq) as ServiceState[]) {
    states.rows.set(row.serviceId, toState(row));
    states.seq = Math.max(states.seq, row.seq);
  }
  kept?.set(keptStates, states);
  return states.rows;
}

/** All states, with the change number they reach up to; nothing before the first reader. */
const keptStates: KeptKey<{ seq: number; readonly rows: Map<string, StoredState> } | null> = { empty: null };

export async function findState(reading: Reading, serviceId: string): Promise<StoredState | null> {
  const [state] = await listStates(reading, [serviceId]);
  return state ?? null;
}

/** A stored state as the poller goes on with it. */
export function stateFrom({ seq: _seq, trend, ...state }: StoredState): StateRow {
  return { ...state, trend: RecentTrend.from(trend) };
}

/** Writes many states; at a thousand polls a second this is most of what the store costs. */
export async function writeStates({ prepare, seq }: Writing, states: readonly StateRow[]): Promise<void> {
  const upsert = prepare(upsertState);
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

const upsertState = upsertSql("ServiceState", columns);

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
    state.trend.pack(),
    JSON.stringify(state.actions),
    JSON.stringify({ ...state.memory, rules: state.ruleMemory }),
    seq,
  ];
}

/** A row as SQLite gives it. */
interface ServiceState {
  readonly serviceId: string;
  readonly status: string;
  readonly since: number | null;
  readonly checkedAt: number | null;
  readonly summary: string;
  readonly findings: string;
  readonly failure: string | null;
  readonly detail: string | null;
  readonly detailAt: number | null;
  readonly trend: string;
  readonly actions: string;
  readonly memory: string | null;
  readonly seq: number;
}

function toState(row: ServiceState): StoredState {
  return {
    serviceId: row.serviceId,
    status: row.status as Status,
    since: row.since,
    checkedAt: row.checkedAt,
    summary: row.summary,
    findings: JSON.parse(row.findings) as Finding[],
    failure: row.failure === null ? null : (JSON.parse(row.failure) as Failure),
    detail: row.detail === null ? null : JSON.parse(row.detail),
    detailAt: row.detailAt,
    trend: unpackTrend(row.trend),
    actions: JSON.parse(row.actions) as OfferDto[],
    ...memoriesOf(row),
    seq: row.seq,
  };
}

function memoriesOf(row: ServiceState): Pick<StateRow, "memory" | "ruleMemory"> {
  if (row.memory === null) {
    return { memory: memoryOf(row.status as Status, row.since), ruleMemory: {} };
  }
  const { rules, ...memory } = JSON.parse(row.memory) as StateMemory & { rules?: RuleMemory };
  return { memory, ruleMemory: rules ?? {} };
}
