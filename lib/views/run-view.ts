import type { Sight } from "#lib/access/sight.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { type Approval, listApprovals } from "#lib/store/approvals.ts";
import { listLines } from "#lib/store/journal-lines.ts";
import type { Reading, Store } from "#lib/store/open-store.ts";
import { findRun, listRuns, type RunRow } from "#lib/store/runs.ts";
import { runMarkOf } from "#lib/views/board-service.ts";
import { cutMark, cutRun, readSeen } from "#lib/views/seen.ts";
import type { RunMark } from "#lib/wire/board.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import { approvalsNeeded, careFor, type Run, undoForMs } from "#lib/wire/run.ts";

/** One run with its whole journal. */
export async function runView(store: Store, sight: Sight, id: string): Promise<Result<Run, Refusal>> {
  return await store.read(async (reading) => {
    const run = await findRun(reading, id);
    const seen = await readSeen(reading, sight);
    if (run === null || !seen.has(run.serviceId)) return err(noSuchRun(id));
    return ok(cutRun(await readRun(reading, run), seen));
  });
}

/** The newest runs, in a few words each. */
export async function runsView(
  store: Store,
  sight: Sight,
  filter: { readonly limit: number; readonly serviceId?: string },
): Promise<RunMark[]> {
  return await store.read(async (reading) => {
    const seen = await readSeen(reading, sight);
    const runs = await listRuns(reading, seen.whole ? filter : { ...filter, limit: mostRead });
    const told = runs.filter((run) => seen.has(run.serviceId)).slice(0, filter.limit);
    return told.map((run) => cutMark(runMarkOf(run), seen));
  });
}

/** Of those, the ones of services he sees are told. */
const mostRead = 2_000;

export function noSuchRun(id: string): Refusal {
  return { code: "not-found", detail: `There is no run ${id.slice(0, 100)}` };
}

export async function readRun(reading: Reading, run: RunRow): Promise<Run> {
  return runDtoOf(run, await listLines(reading, run.id), await listApprovals(reading, run.id));
}

/** Until when a run can be undone by one click; `null` when it cannot. */
export function undoableUntil(run: RunRow): number | null {
  const ended = run.state === "succeeded" || run.state === "succeeded-not-fixed";
  const light = careFor(run.risk) === "one-click" || careFor(run.risk) === "plan";
  if (!ended || !light || run.plan?.undoable !== true || run.undoOf !== null || run.finishedAt === null) return null;
  return run.finishedAt + undoForMs;
}

function runDtoOf(run: RunRow, journal: Run["journal"], approvals: readonly Approval[]): Run {
  return {
    id: run.id,
    serviceId: run.serviceId,
    serviceName: run.serviceName,
    action: run.action,
    title: run.title,
    risk: run.risk,
    params: { ...run.params },
    actor: run.actor.name,
    state: run.state,
    verdict: run.verdict,
    plan: run.plan,
    checks: [...run.checks],
    steps: [...run.steps],
    verification: run.verification,
    requestedAt: run.requestedAt,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    cancelRequested: run.cancelRequested,
    mode: run.mode,
    reason: run.reason,
    approvals: approvals.map(({ slot, word, by, reason, at }) => ({ slot, word, by: by.name, reason, at })),
    approvalsNeeded: approvalsNeeded(run.risk),
    left: [...run.left],
    settled: run.settled,
    undoOf: run.undoOf,
    undoableUntil: undoableUntil(run),
    journal,
    seq: run.seq,
  };
}
