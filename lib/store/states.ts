import type { Failure } from "#lib/core/failure.ts";
import type { Finding } from "#lib/core/finding.ts";
import type { RuleMemory } from "#lib/core/rule.ts";
import { memoryOf, type StateMemory } from "#lib/core/state.ts";
import type { Status } from "#lib/core/status.ts";
import { Prisma, type ServiceState } from "#lib/store/client/client.ts";
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

export async function listStates({ db }: Reading, ids?: readonly string[]): Promise<StoredState[]> {
  const rows = await db.serviceState.findMany({ where: ids === undefined ? {} : { serviceId: { in: [...ids] } } });
  return rows.map(toState);
}

export async function findState({ db }: Reading, serviceId: string): Promise<StoredState | null> {
  const row = await db.serviceState.findUnique({ where: { serviceId } });
  return row === null ? null : toState(row);
}

/** Writes many states by one statement: at a thousand polls a second a statement each would cost twice the CPU. */
export async function writeStates({ db, seq }: Writing, states: readonly StateRow[]): Promise<void> {
  for (let from = 0; from < states.length; from += rowsPerStatement) {
    await db.$executeRaw(upsertOf(states.slice(from, from + rowsPerStatement), BigInt(seq)));
  }
}

const rowsPerStatement = 250;
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

function upsertOf(states: readonly StateRow[], seq: bigint): Prisma.Sql {
  const names = columns.map((name) => `"${name}"`).join(",");
  const updates = columns.slice(1).map((name) => `"${name}"=excluded."${name}"`);
  const rows = states.map((state) => Prisma.sql`(${Prisma.join(valuesOf(state, seq))})`);
  return Prisma.sql`INSERT INTO "ServiceState" (${Prisma.raw(names)}) VALUES ${Prisma.join(rows)}
    ON CONFLICT ("serviceId") DO UPDATE SET ${Prisma.raw(updates.join(","))}`;
}

function valuesOf(state: StateRow, seq: bigint): unknown[] {
  return [
    state.serviceId,
    state.status,
    dateOf(state.since),
    dateOf(state.checkedAt),
    state.summary,
    JSON.stringify(state.findings),
    state.failure === null ? null : JSON.stringify(state.failure),
    state.detail === null || state.detail === undefined ? null : JSON.stringify(state.detail),
    dateOf(state.detailAt),
    JSON.stringify(state.trend),
    JSON.stringify(state.actions),
    JSON.stringify({ ...state.memory, rules: state.ruleMemory }),
    seq,
  ];
}

function dateOf(at: number | null): Date | null {
  return at === null ? null : new Date(at);
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
