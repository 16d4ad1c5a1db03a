import { carryOut, wasBegun } from "#lib/remediation/carry-out.ts";
import { openJournal } from "#lib/remediation/journal.ts";
import type { EngineParts } from "#lib/remediation/parts.ts";
import { isExpired } from "#lib/remediation/plan.ts";
import { requestLifetimeMs } from "#lib/remediation/policy.ts";
import { type AlarmRow, clearAlarm, leftAlarm, raiseAlarm } from "#lib/store/alarms.ts";
import { listApprovals } from "#lib/store/approvals.ts";
import { insertAudit } from "#lib/store/audit.ts";
import { insertEvents } from "#lib/store/events.ts";
import { claimRun, LostHold, releaseLocks } from "#lib/store/locks.ts";
import { findRun, openRuns, patchRun, type RunPatch, type RunRow, unsettledRuns } from "#lib/store/runs.ts";
import { storeTroubleOf } from "#lib/store/store-trouble.ts";
import { approvalsNeeded, type RunState } from "#lib/wire/run.ts";

/** Carries out the runs that people asked for. One engine works on a store at a time: that of its poller. */
export interface Engine {
  /**
   * Takes over the runs that a dead poller left open: asks the world what is true, then goes on, undoes, or says that nobody
   * knows. To be called once, when the services are watched and before `step`. Each is told to `told` when it has ended.
   */
  readonly recover: (told: (verdict: string) => void) => Promise<void>;
  /** Takes up requests, confirmations and cancellations. Returns at once; runs go on by themselves. */
  readonly step: () => Promise<void>;
  readonly active: () => readonly string[];
  /** Cancels what runs, waits until it has ended, and says so in the store. */
  readonly stop: () => Promise<void>;
}

interface Active {
  readonly cancel: AbortController;
  readonly ended: Promise<void>;
}

/** How often the end of a run is written again while the store is in trouble. */
const retryEndMs = 1_000;

export function createEngine(parts: EngineParts): Engine {
  const { store, now, log } = parts;
  const active = new Map<string, Active>();
  let stopping = false;

  async function end(run: RunRow, change: Ending): Promise<void> {
    const { epoch, healed = [], ...rest } = change;
    const journal = await openJournal(store, { runId: run.id, epoch }, parts);
    journal.note("state", `${change.state}: ${change.verdict}`);
    const left = (change.left ?? []).map(parts.redact);
    for (const words of left) journal.note("note", `left: ${words}`);
    const verdict = parts.redact(change.verdict);
    await journal.commit({ ...rest, verdict, left, finishedAt: now() }, async (writing) => {
      await releaseLocks(writing, run.id);
      const text = `${run.title}: ${verdict}`;
      const about = { at: now(), kind: "run" as const, serviceId: run.serviceId, runId: run.id };
      await insertEvents(writing, [{ ...about, actor: run.actor.name, text }]);
      const after = { state: change.state, verdict, ...(left.length === 0 ? {} : { left }) };
      const entry = { at: now(), actor: run.actor, command: "end-run", target: run.serviceId, runId: run.id };
      await insertAudit(writing, { ...entry, before: { state: run.state }, after });
      if (left.length > 0) await raiseAlarm(writing, alarmOf(run, change.state, left, now()));
      for (const earlier of healed.length === 0 ? [] : await unsettledRuns(writing)) {
        if (earlier.id === run.id || !earlier.plan?.touches.every((one) => healed.includes(one))) continue;
        const settled = { at: now(), by: run.actor.name, words: `put right by “${run.title}” (run ${run.id})` };
        await patchRun(writing, earlier.id, { settled });
        await clearAlarm(writing, earlier.serviceId, leftAlarm(earlier.id));
      }
    });
  }

  /** An end that cannot be written now is written later; until then the run stays open, and a new poller would find it. */
  async function endSurely(run: RunRow, change: Ending): Promise<void> {
    for (;;) {
      try {
        return await end(run, change);
      } catch (error) {
        if (storeTroubleOf(error) === null || stopping) throw error;
        await new Promise((again) => setTimeout(again, retryEndMs));
      }
    }
  }

  function begin(run: RunRow, told?: (verdict: string) => void): void {
    // Told to stop since the store was read: a run that begins now would be cut off in the middle of a step.
    if (stopping || active.has(run.id)) return;
    const cancel = new AbortController();
    const work = async () => {
      try {
        const outcome = await carryOut(parts, run, cancel.signal);
        if (outcome.kind === "waits") return;
        const { kind: _ended, ...change } = outcome;
        const { title, verdict } = change;
        await endSurely({ ...run, title }, change);
        told?.(`${title} on ${run.serviceName}: ${verdict}`);
      } catch (error) {
        if (error instanceof LostHold) return log.warn({ run: run.id }, "another poller holds this run by now");
        await endBrokenOff(run, error);
      }
    };
    const ended = work()
      .catch((error: unknown) => log.error({ run: run.id, err: error }, "the end of a run could not be written"))
      .finally(() => active.delete(run.id));
    active.set(run.id, { cancel, ended });
  }

  /** A bug, or a store that does not take what must be written: what was begun by then is in doubt. */
  async function endBrokenOff(run: RunRow, error: unknown): Promise<void> {
    const trouble = storeTroubleOf(error);
    log.error({ run: run.id, err: error }, "a run broke off");
    const why = trouble === null ? "Pitwall itself failed" : `it could not be recorded (${trouble.what})`;
    const last = await store.read((reading) => findRun(reading, run.id)).catch(() => null);
    const steps = (last ?? run).steps.filter((step) => step.state !== "waiting" && step.state !== "undone");
    const left = steps.map((step) => `in doubt: ${step.title}`);
    const verdict = `Stopped because ${why}. Look at the target`;
    await endSurely(run, { state: "unknown", verdict, left, epoch: last?.epoch ?? null });
  }

  /** Of a plan that asks for a second person: whether it may begin, or how it ends; `null` while it waits. */
  async function judgeApprovals(run: RunRow): Promise<"begin" | Ending | null> {
    const approvals = await store.read((reading) => listApprovals(reading, run.id));
    const denied = approvals.find(({ word }) => word === "denied");
    const epoch = run.epoch;
    if (denied !== undefined) {
      const why = denied.reason === null ? "" : `: ${denied.reason}`;
      return { state: "refused", verdict: `Denied by ${denied.by.name}${why}. Nothing was changed`, epoch };
    }
    if (approvals.filter(({ word }) => word === "approved").length >= approvalsNeeded(run.risk)) return "begin";
    if (run.plan !== null && !isExpired(run.plan, now())) return null;
    return { state: "expired", verdict: "Nobody approved the plan in time. Nothing was changed", epoch };
  }

  async function take(run: RunRow, busy: boolean): Promise<void> {
    if (busy) {
      if (run.cancelRequested) active.get(run.id)?.cancel.abort(new DOMException("as asked", "AbortError"));
      return;
    }
    const { epoch } = run;
    if (run.cancelRequested) {
      const verdict = "Cancelled before it began. Nothing was changed";
      return await end(run, { state: "cancelled-clean", verdict, epoch });
    }
    if (run.state === "requested") {
      if (now() - run.requestedAt <= requestLifetimeMs) return begin(run);
      const verdict = "No poller took it within a minute. Nothing was changed";
      return await end(run, { state: "expired", verdict, epoch });
    }
    if (run.state === "approving") {
      const judged = await judgeApprovals(run);
      if (judged === null) return;
      return judged === "begin" ? begin(run) : await end(run, judged);
    }
    if (run.state !== "planned") return;
    if (run.confirmedAt !== null) return begin(run);
    if (run.plan === null || isExpired(run.plan, now())) {
      const verdict = "Nobody confirmed the plan in time. Nothing was changed";
      await end(run, { state: "expired", verdict, epoch });
    }
  }

  return {
    active: () => [...active.keys()],
    recover: async (told) => {
      for (const run of await store.read(openRuns)) {
        if (run.state === "checking") {
          const verdict = "The poller stopped during the checks; nothing was changed";
          const taken = { runId: run.id, epoch: run.epoch, state: run.state };
          const epoch = await store.write((writing) => claimRun(writing, taken));
          if (epoch !== null) await end(run, { state: "failed-clean", verdict, epoch });
          told(`${run.title} on ${run.serviceName}: ${verdict}`);
        }
        if (!wasBegun(run.state)) continue;
        begin(run, told);
        if (run.cancelRequested) active.get(run.id)?.cancel.abort(new DOMException("as asked", "AbortError"));
      }
    },
    step: async () => {
      if (stopping) return;
      // A run that was active when the store was read may have ended since, so what was read of it is no longer true.
      const busy = new Set(active.keys());
      for (const run of await store.read(openRuns)) await take(run, busy.has(run.id));
    },
    stop: async () => {
      stopping = true;
      for (const { cancel } of active.values())
        cancel.abort(new DOMException("because the poller was stopped", "AbortError"));
      await Promise.all([...active.values()].map(({ ended }) => ended));
    },
  };
}

type Ending = Omit<RunPatch, "finishedAt"> & {
  readonly state: RunState;
  readonly verdict: string;
  /** Under which the end is written: it is not written when another engine took the run. */
  readonly epoch: number | null;
  readonly healed?: readonly string[];
};

/** What a run left is a finding of its service until somebody settles it. */
function alarmOf(run: RunRow, state: RunState, left: readonly string[], now: number): AlarmRow {
  return {
    serviceId: run.serviceId,
    key: leftAlarm(run.id),
    runId: run.id,
    node: run.node,
    severity: state === "unknown" ? "critical" : "warning",
    message: `“${run.title}” ended half-way: ${left.join("; ")}. Look at it, then settle that run`,
    facts: {},
    since: now,
  };
}
