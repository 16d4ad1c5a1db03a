import type { Author } from "#lib/access/actor.ts";
import type { Finding } from "#lib/core/finding.ts";
import { Prisma, type Run as StoredRun } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
import type { Row } from "#lib/store/row.ts";
import type { Run, RunCheck, RunPlan, RunState, RunStep } from "#lib/wire/run.ts";

/** A finding that was open when the run was requested, on this service or another that sees the same node. */
export interface Symptom {
  readonly serviceId: string;
  readonly serviceName: string;
  readonly finding: Finding;
}

/** A run as the engine keeps it; its journal is in rows of its own. */
export interface RunRow {
  readonly id: string;
  readonly serviceId: string;
  readonly serviceName: string;
  readonly action: string;
  readonly title: string;
  readonly risk: Run["risk"];
  readonly params: Readonly<Record<string, string>>;
  readonly mode: "plan" | "run" | "dry";
  readonly reason: string | null;
  readonly actor: Author;
  readonly idempotencyKey: string;
  /** Digest of the request: the same key with another body is refused. */
  readonly bodyHash: string;
  readonly state: RunState;
  readonly verdict: string | null;
  readonly plan: RunPlan | null;
  readonly node: string | null;
  readonly symptoms: readonly Symptom[];
  readonly checks: readonly RunCheck[];
  readonly steps: readonly RunStep[];
  readonly verification: Run["verification"];
  readonly requestedAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly confirmedBy: string | null;
  readonly confirmedAt: number | null;
  readonly cancelRequested: boolean;
  /** What its steps keep for one another, and for whoever goes on after a crash. */
  readonly memory: Readonly<Record<string, string>>;
  /** Of the engine that holds it; `null` before one took it. */
  readonly epoch: number | null;
  /** Rule of the finding that it was to heal. */
  readonly symptomRule: string | null;
  /** What it left changed or in doubt: an open alarm while nobody settled it. */
  readonly left: readonly string[];
  readonly settled: Settled | null;
  /** The run that this one undoes. */
  readonly undoOf: string | null;
  readonly seq: number;
}

/** Somebody looked at what a run left, or lifted the waiting time after it. */
export interface Settled {
  readonly at: number;
  readonly by: string;
  readonly words: string;
}

type Later = "seq" | "memory" | "epoch" | "symptomRule" | "left" | "settled" | "undoOf";

export type NewRun = Omit<RunRow, Later> & { readonly undoOf?: string | null };

/** What the engine may change of a run. */
export type RunPatch = Partial<
  Pick<
    RunRow,
    | "title"
    | "state"
    | "verdict"
    | "plan"
    | "node"
    | "symptoms"
    | "checks"
    | "steps"
    | "verification"
    | "startedAt"
    | "finishedAt"
    | "confirmedBy"
    | "confirmedAt"
    | "cancelRequested"
    | "memory"
    | "epoch"
    | "symptomRule"
    | "left"
    | "settled"
  >
> & {
  /** The details that the plan was made from; see `readBasis`. */
  readonly basis?: unknown;
};

export async function insertRun({ db, seq }: Writing, run: NewRun): Promise<void> {
  await db.run.create({
    data: {
      id: run.id,
      serviceId: run.serviceId,
      serviceName: run.serviceName,
      action: run.action,
      title: run.title,
      risk: run.risk,
      params: JSON.stringify(run.params),
      mode: run.mode,
      reason: run.reason,
      actorKind: run.actor.kind,
      actorId: run.actor.id,
      actorName: run.actor.name,
      actorFrom: run.actor.from,
      idempotencyKey: run.idempotencyKey,
      bodyHash: run.bodyHash,
      state: run.state,
      cancelRequested: run.cancelRequested,
      undoOf: run.undoOf ?? null,
      ...columnsOf(run),
      symptoms: JSON.stringify(run.symptoms),
      checks: JSON.stringify(run.checks),
      steps: JSON.stringify(run.steps),
      requestedAt: new Date(run.requestedAt),
      seq: BigInt(seq),
    },
  });
}

export async function patchRun({ db, seq }: Writing, id: string, patch: RunPatch): Promise<void> {
  await db.run.update({ where: { id }, data: { ...columnsOf(patch), seq: BigInt(seq) } });
}

/** The details that the plan of a run was made from; `undefined` where none was kept. */
export async function readBasis({ db }: Reading, id: string): Promise<unknown> {
  const row = await db.run.findUnique({ where: { id }, select: { basis: true } });
  return row === null || row.basis === null ? undefined : (JSON.parse(row.basis) as unknown);
}

export async function findRun(reading: Reading, id: string): Promise<RunRow | null> {
  return runsOf(reading, `WHERE "id" = ?`, id)[0] ?? null;
}

export async function findRunByKey(reading: Reading, actorName: string, key: string): Promise<RunRow | null> {
  return runsOf(reading, `WHERE "actorName" = ? AND "idempotencyKey" = ?`, actorName, key)[0] ?? null;
}

export interface RunFilter {
  readonly limit: number;
  readonly serviceId?: string;
  readonly since?: number;
}

/** Newest first. */
export async function listRuns(reading: Reading, { serviceId, since = 0, limit }: RunFilter): Promise<RunRow[]> {
  const newest = `ORDER BY "requestedAt" DESC, "seq" DESC LIMIT ?`;
  return serviceId === undefined
    ? runsOf(reading, `WHERE "requestedAt" >= ? ${newest}`, since, limit)
    : runsOf(reading, `WHERE "serviceId" = ? AND "requestedAt" >= ? ${newest}`, serviceId, since, limit);
}

/** Runs that are not over, oldest first. */
export async function openRuns(reading: Reading): Promise<RunRow[]> {
  return runsOf(reading, `WHERE "finishedAt" IS NULL ORDER BY "requestedAt", "seq"`);
}

/** Runs that were requested by `at` and not yet over then, oldest first. */
export async function runsAt(reading: Reading, at: number): Promise<RunRow[]> {
  const open = `WHERE "requestedAt" <= ? AND ("finishedAt" IS NULL OR "finishedAt" > ?)`;
  return runsOf(reading, `${open} ORDER BY "requestedAt", "seq"`, at, at);
}

/** Whether a run changed after `seq`, and which. */
export async function changedRuns(reading: Reading, seq: number): Promise<RunRow[]> {
  return runsOf(reading, `WHERE "seq" > ? ORDER BY "requestedAt" LIMIT 200`, seq);
}

/** Runs that left something changed or in doubt, and that nobody settled; oldest first. */
export async function unsettledRuns(reading: Reading): Promise<RunRow[]> {
  return runsOf(reading, `WHERE "left" IS NOT NULL AND "settledAt" IS NULL ORDER BY "requestedAt" LIMIT 100`);
}

/** Runs of one action on one service that began to change something at `since` or later, newest first. */
export async function runsOfAction(
  reading: Reading,
  of: { readonly serviceId: string; readonly action: string; readonly since: number },
): Promise<RunRow[]> {
  const began = `WHERE "serviceId" = ? AND "action" = ? AND "requestedAt" >= ? AND "epoch" IS NOT NULL`;
  const runs = runsOf(reading, `${began} ORDER BY "requestedAt" DESC LIMIT 200`, of.serviceId, of.action, of.since);
  return runs.filter((run) => run.steps.some((step) => step.state !== "waiting"));
}

/** How the finished runs of each action ended, by the rule of what they were to heal. */
export interface RunRecord {
  readonly serviceId: string;
  readonly action: string;
  readonly symptomRule: string | null;
  readonly state: RunState;
  readonly count: number;
}

export async function countRuns({ prepare }: Reading, since: number): Promise<RunRecord[]> {
  const counted = `SELECT "serviceId", "action", "symptomRule", "state", count(*) AS "count" FROM "Run"
    WHERE "finishedAt" >= ? AND "undoOf" IS NULL
    AND "state" IN ('succeeded', 'succeeded-not-fixed', 'failed-clean', 'failed-partial', 'unknown')
    GROUP BY "serviceId", "action", "symptomRule", "state"`;
  return prepare(counted).all(since) as RunRecord[];
}

/** The basis is as long as a service's detail, and hardly anybody reads it. */
type ListedRun = Row<Omit<StoredRun, "basis">>;

const listed = Object.values(Prisma.RunScalarFieldEnum)
  .filter((column) => column !== "basis")
  .map((column) => `"${column}"`)
  .join(", ");

/** Open runs are asked for with each look at the board, so no query engine stands in between. */
function runsOf({ prepare }: Reading, which: string, ...values: readonly (string | number)[]): RunRow[] {
  return (prepare(`SELECT ${listed} FROM "Run" ${which}`).all(...values) as ListedRun[]).map(toRun);
}

function columnsOf(patch: RunPatch) {
  const { plan, symptoms, checks, steps, verification, startedAt, finishedAt, confirmedAt, ...plain } = patch;
  const { basis, memory, epoch, left, settled } = patch;
  return {
    ...pick(plain, ["title", "state", "verdict", "node", "confirmedBy", "cancelRequested", "symptomRule"]),
    ...(basis === undefined ? {} : { basis: JSON.stringify(basis) }),
    ...(epoch === undefined ? {} : { epoch: epoch === null ? null : BigInt(epoch) }),
    ...(left === undefined ? {} : { left: left.length === 0 ? null : JSON.stringify(left) }),
    ...(settled === undefined || settled === null
      ? {}
      : { settledAt: new Date(settled.at), settledBy: settled.by, settledWords: settled.words }),
    ...(plan === undefined
      ? {}
      : {
          plan: plan === null ? null : JSON.stringify(plan),
          planHash: plan?.hash ?? null,
          planExpiresAt: dateOf(plan?.expiresAt ?? null),
        }),
    ...(symptoms === undefined ? {} : { symptoms: JSON.stringify(symptoms) }),
    ...(checks === undefined ? {} : { checks: JSON.stringify(checks) }),
    ...(steps === undefined ? {} : { steps: JSON.stringify(steps) }),
    ...(memory === undefined ? {} : { memory: JSON.stringify(memory) }),
    ...(verification === undefined
      ? {}
      : { verification: verification === null ? null : JSON.stringify(verification) }),
    ...(startedAt === undefined ? {} : { startedAt: dateOf(startedAt) }),
    ...(finishedAt === undefined ? {} : { finishedAt: dateOf(finishedAt) }),
    ...(confirmedAt === undefined ? {} : { confirmedAt: dateOf(confirmedAt) }),
  };
}

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Partial<Pick<T, K>> {
  const picked: Partial<Pick<T, K>> = {};
  for (const key of keys) if (from[key] !== undefined) picked[key] = from[key];
  return picked;
}

function dateOf(at: number | null): Date | null {
  return at === null ? null : new Date(at);
}

function toRun(row: ListedRun): RunRow {
  return {
    id: row.id,
    serviceId: row.serviceId,
    serviceName: row.serviceName,
    action: row.action,
    title: row.title,
    risk: row.risk as RunRow["risk"],
    params: JSON.parse(row.params) as Record<string, string>,
    mode: row.mode as RunRow["mode"],
    reason: row.reason,
    actor: { kind: row.actorKind as Author["kind"], id: row.actorId, name: row.actorName, from: row.actorFrom },
    idempotencyKey: row.idempotencyKey,
    bodyHash: row.bodyHash,
    state: row.state as RunState,
    verdict: row.verdict,
    plan: row.plan === null ? null : (JSON.parse(row.plan) as RunPlan),
    node: row.node,
    symptoms: JSON.parse(row.symptoms) as Symptom[],
    checks: JSON.parse(row.checks) as RunCheck[],
    steps: JSON.parse(row.steps) as RunStep[],
    verification: row.verification === null ? null : (JSON.parse(row.verification) as Run["verification"]),
    requestedAt: row.requestedAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    confirmedBy: row.confirmedBy,
    confirmedAt: row.confirmedAt,
    cancelRequested: row.cancelRequested === 1,
    memory: row.memory === null ? {} : (JSON.parse(row.memory) as Record<string, string>),
    epoch: row.epoch,
    symptomRule: row.symptomRule,
    left: row.left === null ? [] : (JSON.parse(row.left) as string[]),
    settled:
      row.settledAt === null ? null : { at: row.settledAt, by: row.settledBy ?? "", words: row.settledWords ?? "" },
    undoOf: row.undoOf,
    seq: row.seq,
  };
}
