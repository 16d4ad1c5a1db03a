import { carryOut } from "#lib/remediation/carry-out.ts";
import { openJournal } from "#lib/remediation/journal.ts";
import type { EngineParts } from "#lib/remediation/parts.ts";
import { isExpired } from "#lib/remediation/plan.ts";
import { recoveryOf, requestLifetimeMs } from "#lib/remediation/policy.ts";
import { insertAudit } from "#lib/store/audit.ts";
import { insertEvents } from "#lib/store/events.ts";
import { releaseLocks } from "#lib/store/locks.ts";
import { openRuns, type RunPatch, type RunRow } from "#lib/store/runs.ts";
import { storeTroubleOf } from "#lib/store/store-trouble.ts";
import type { RunState } from "#lib/wire/run.ts";

/** Carries out the runs that people asked for. One engine works on a store at a time: that of its poller. */
export interface Engine {
  /** Ends the runs a dead poller left open, honestly, and frees what they held. To be called once, before `step`. Returns their verdicts. */
  readonly recover: () => Promise<readonly string[]>;
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
    const journal = await openJournal(store, run.id, parts);
    journal.note("state", `${change.state}: ${change.verdict}`);
    await journal.commit({ ...change, verdict: parts.redact(change.verdict), finishedAt: now() }, async (writing) => {
      await releaseLocks(writing, run.id);
      const text = `${run.title}: ${parts.redact(change.verdict)}`;
      const about = { at: now(), kind: "run" as const, serviceId: run.serviceId, runId: run.id };
      await insertEvents(writing, [{ ...about, actor: run.actor.name, text }]);
      const after = { state: change.state, verdict: parts.redact(change.verdict) };
      const entry = { at: now(), actor: run.actor, command: "end-run", target: run.serviceId, runId: run.id };
      await insertAudit(writing, { ...entry, before: { state: run.state }, after });
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

  function begin(run: RunRow): void {
    // Told to stop since the store was read: a run that begins now would be cut off in the middle of a step.
    if (stopping || active.has(run.id)) return;
    const cancel = new AbortController();
    const work = async () => {
      try {
        const outcome = await carryOut(parts, run, cancel.signal);
        if (outcome.kind === "waits") return;
        const { state, verdict, title } = outcome;
        await endSurely({ ...run, title }, { state, verdict, title });
      } catch (error) {
        const trouble = storeTroubleOf(error);
        log.error({ run: run.id, err: error }, "a run broke off");
        const why = trouble === null ? "Pitwall itself failed" : `it could not be recorded (${trouble.what})`;
        await endSurely(run, { state: "unknown", verdict: `Stopped because ${why}. Look at the target` });
      }
    };
    const ended = work()
      .catch((error: unknown) => log.error({ run: run.id, err: error }, "the end of a run could not be written"))
      .finally(() => active.delete(run.id));
    active.set(run.id, { cancel, ended });
  }

  async function take(run: RunRow, busy: boolean): Promise<void> {
    if (busy) {
      if (run.cancelRequested) active.get(run.id)?.cancel.abort(new DOMException("as asked", "AbortError"));
      return;
    }
    if (run.cancelRequested) {
      return await end(run, { state: "cancelled-clean", verdict: "Cancelled before it began. Nothing was changed" });
    }
    if (run.state === "requested") {
      if (now() - run.requestedAt <= requestLifetimeMs) return begin(run);
      return await end(run, { state: "expired", verdict: "No poller took it within a minute. Nothing was changed" });
    }
    if (run.state !== "planned") return;
    if (run.confirmedAt !== null) return begin(run);
    if (run.plan === null || isExpired(run.plan, now())) {
      await end(run, { state: "expired", verdict: "Nobody confirmed the plan in time. Nothing was changed" });
    }
  }

  return {
    active: () => [...active.keys()],
    recover: async () => {
      const verdicts: string[] = [];
      for (const run of await store.read(openRuns)) {
        const change = recoveryOf(run);
        if (change === null) continue;
        await end(run, change);
        verdicts.push(`${run.title} on ${run.serviceName}: ${change.verdict}`);
      }
      return verdicts;
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

type Ending = Omit<RunPatch, "finishedAt"> & { readonly state: RunState; readonly verdict: string };
