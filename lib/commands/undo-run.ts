import { randomUUID } from "node:crypto";
import type { Actor } from "#lib/access/actor.ts";
import { pollerSilence } from "#lib/commands/poller-alive.ts";
import { busyWith } from "#lib/commands/run-conflict.ts";
import { runRefusal } from "#lib/commands/run-refusal.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done, unchanged } from "#lib/store/act.ts";
import type { ActingStore, Reading } from "#lib/store/open-store.ts";
import { findRun, findRunByKey, insertRun, listRuns, type NewRun, type RunRow } from "#lib/store/runs.ts";
import { noSuchRun, undoableUntil } from "#lib/views/run-view.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/**
 * Puts back what a run did, as a run of its own with checks and locks. Only for what the target itself can be asked about,
 * for a quarter of an hour, and only while nothing else changed it since. The same undo twice is the same run.
 */
export async function undoRun(
  store: ActingStore,
  actor: Actor,
  input: { readonly runId: string },
  now: number,
): Promise<Result<{ readonly id: string }, Refusal>> {
  const deed = { actor, command: "undo-run", target: input.runId, at: now };
  const silence = await store.read((reading) => pollerSilence(reading, now));
  if (silence !== null) return await store.refuse(deed, silence);
  const key = `undo ${input.runId}`;
  return await store.act(deed, async (writing) => {
    const run = await findRun(writing, input.runId);
    if (run === null) return err(noSuchRun(input.runId));
    const forbidden = await runRefusal(writing, actor, "undo-run", run);
    if (forbidden !== null) return err(forbidden);
    const before = await findRunByKey(writing, actor.name, key);
    if (before !== null) return unchanged({ id: before.id });
    const refusal = (await whyNot(writing, run, now)) ?? (await busyWith(writing, run));
    if (refusal !== null) return err(refusal);
    const made = newUndo(run, actor, key, now);
    await insertRun(writing, made);
    const about = { target: run.serviceId, serviceId: run.serviceId, runId: made.id };
    return done({ id: made.id }, { ...about, after: { undoes: run.id } });
  });
}

async function whyNot(reading: Reading, run: RunRow, now: number): Promise<Refusal | null> {
  const until = undoableUntil(run);
  if (until === null) return { code: "conflict", detail: "This run cannot be undone" };
  if (until <= now) return { code: "conflict", detail: "It was too long ago to be undone by one click" };
  const later = await listRuns(reading, { limit: 200, since: run.requestedAt });
  const other = later.find(
    (one) =>
      one.id !== run.id &&
      one.epoch !== null &&
      (one.startedAt ?? 0) >= (run.startedAt ?? 0) &&
      one.steps.some((step) => step.state !== "waiting") &&
      one.plan?.touches.some((touched) => run.plan?.touches.includes(touched)),
  );
  if (other === undefined) return null;
  return { code: "conflict", detail: `Something else changed it since: “${other.title}” (run ${other.id})` };
}

function newUndo(run: RunRow, actor: Actor, key: string, now: number): NewRun {
  return {
    id: randomUUID(),
    serviceId: run.serviceId,
    serviceName: run.serviceName,
    action: run.action,
    title: `Undo: ${run.title}`,
    risk: run.risk,
    params: run.params,
    mode: "run",
    reason: null,
    actor,
    idempotencyKey: key,
    bodyHash: "",
    state: "requested",
    verdict: null,
    plan: null,
    node: run.node,
    symptoms: [],
    checks: [],
    steps: [],
    verification: null,
    requestedAt: now,
    startedAt: null,
    finishedAt: null,
    confirmedBy: null,
    confirmedAt: null,
    cancelRequested: false,
    undoOf: run.id,
  };
}
