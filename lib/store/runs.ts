import type { Author } from "#lib/access/actor.ts";
import type { Finding } from "#lib/core/finding.ts";
import type { Run as StoredRun } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
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
  readonly mode: "plan" | "run";
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
  /** What its steps kept for one another, and for whoever goes on after a crash. */
  readonly memory?: Readonly<Record<string, string>>;
  readonly verification: Run["verification"];
  readonly requestedAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly confirmedBy: string | null;
  readonly confirmedAt: number | null;
  readonly cancelRequested: boolean;
  readonly seq: number;
}

export type NewRun = Omit<RunRow, "seq">;

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
    | "memory"
    | "verification"
    | "startedAt"
    | "finishedAt"
    | "confirmedBy"
    | "confirmedAt"
    | "cancelRequested"
  >
>;

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

export async function findRun({ db }: Reading, id: string): Promise<RunRow | null> {
  const row = await db.run.findUnique({ where: { id } });
  return row === null ? null : toRun(row);
}

export async function findRunByKey({ db }: Reading, actorName: string, idempotencyKey: string): Promise<RunRow | null> {
  const row = await db.run.findUnique({ where: { actorName_idempotencyKey: { actorName, idempotencyKey } } });
  return row === null ? null : toRun(row);
}

export interface RunFilter {
  readonly limit: number;
  readonly serviceId?: string;
  readonly since?: number;
}

/** Newest first. */
export async function listRuns({ db }: Reading, filter: RunFilter): Promise<RunRow[]> {
  const rows = await db.run.findMany({
    where: {
      ...(filter.serviceId === undefined ? {} : { serviceId: filter.serviceId }),
      ...(filter.since === undefined ? {} : { requestedAt: { gte: new Date(filter.since) } }),
    },
    orderBy: [{ requestedAt: "desc" }, { seq: "desc" }],
    take: filter.limit,
  });
  return rows.map(toRun);
}

/** Runs that are not over, oldest first. */
export async function openRuns({ db }: Reading): Promise<RunRow[]> {
  const rows = await db.run.findMany({
    where: { finishedAt: null },
    orderBy: [{ requestedAt: "asc" }, { seq: "asc" }],
  });
  return rows.map(toRun);
}

/** Runs that were requested by `at` and not yet over then, oldest first. */
export async function runsAt({ db }: Reading, at: number): Promise<RunRow[]> {
  const then = new Date(at);
  const rows = await db.run.findMany({
    where: { requestedAt: { lte: then }, OR: [{ finishedAt: null }, { finishedAt: { gt: then } }] },
    orderBy: [{ requestedAt: "asc" }, { seq: "asc" }],
  });
  return rows.map(toRun);
}

/** Whether a run changed after `seq`, and which. */
export async function changedRuns({ db }: Reading, seq: number): Promise<RunRow[]> {
  const rows = await db.run.findMany({
    where: { seq: { gt: BigInt(seq) } },
    orderBy: { requestedAt: "asc" },
    take: 200,
  });
  return rows.map(toRun);
}

function columnsOf(patch: RunPatch) {
  const { plan, symptoms, checks, steps, memory, verification, startedAt, finishedAt, confirmedAt, ...plain } = patch;
  return {
    ...pick(plain, ["title", "state", "verdict", "node", "confirmedBy", "cancelRequested"]),
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

function toRun(row: StoredRun): RunRow {
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
    memory: row.memory === null ? {} : (JSON.parse(row.memory) as Record<string, string>),
    verification: row.verification === null ? null : (JSON.parse(row.verification) as Run["verification"]),
    requestedAt: row.requestedAt.getTime(),
    startedAt: row.startedAt?.getTime() ?? null,
    finishedAt: row.finishedAt?.getTime() ?? null,
    confirmedBy: row.confirmedBy,
    confirmedAt: row.confirmedAt?.getTime() ?? null,
    cancelRequested: row.cancelRequested,
    seq: Number(row.seq),
  };
}
