import { setTimeout as wait } from "node:timers/promises";
import type { Result } from "#lib/core/result.ts";
import type { ActionContext } from "#lib/integrations/integration.ts";
import type { Journal } from "#lib/remediation/journal.ts";
import type { WatchedService, Watcher } from "#lib/remediation/watcher.ts";
import { clearAlarm, raiseAlarm } from "#lib/store/alarms.ts";
import type { Store } from "#lib/store/open-store.ts";
import type { Transports } from "#lib/transports/types.ts";

export type Bounded<T> =
  | { readonly kind: "ended"; readonly value: T }
  | { readonly kind: "threw"; readonly bug: unknown }
  /** It was aborted and did not end within the grace: it may go on by itself. */
  | { readonly kind: "left-behind"; readonly reason: "deadline" | "cancelled" };

/** How long something that was aborted may take to end. */
export const abortGraceMs = 2_000;

/** Runs a part of an action with a deadline and the run's cancel signal. Never throws. */
export async function runBounded<T>(
  work: (signal: AbortSignal) => Promise<T>,
  timeoutMs: number,
  cancel: AbortSignal,
): Promise<Bounded<T> & { readonly cut: "deadline" | "cancelled" | null }> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([deadline, cancel]);
  const settled = new AbortController();
  const attempt = async (): Promise<Bounded<T>> => {
    try {
      return { kind: "ended", value: await work(signal) };
    } catch (bug) {
      return { kind: "threw", bug };
    } finally {
      settled.abort();
    }
  };
  const cutNow = () => (cancel.aborted ? "cancelled" : deadline.aborted ? "deadline" : null);
  const leftBehind = async (): Promise<Bounded<T>> => {
    await aborted(AbortSignal.any([signal, settled.signal]));
    await wait(abortGraceMs, undefined, { signal: settled.signal }).catch(() => undefined);
    return { kind: "left-behind", reason: cancel.aborted ? "cancelled" : "deadline" };
  };
  const first = await Promise.race([attempt(), leftBehind()]);
  return { ...first, cut: cutNow() };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => signal.addEventListener("abort", () => done(), { once: true }));
}

/** What a check, step, undo or proof is handed. */
export function actionContext(
  parts: {
    readonly store: Store;
    readonly watcher: Watcher;
    readonly transports: Transports;
    readonly secret: (reference: string) => Result<string>;
    readonly redact: (text: string) => string;
    readonly now: () => number;
  },
  target: WatchedService,
  run: { readonly id: string; readonly memory: Memory },
  journal: Journal,
  signal: AbortSignal,
): ActionContext {
  const { store, watcher, transports, secret, redact, now } = parts;
  const { id: serviceId, config } = target.service;
  return {
    serviceId,
    config,
    transports,
    secret,
    now,
    signal,
    output: journal.output,
    sleep: async (ms) => {
      await wait(ms, undefined, { signal }).catch(() => {
        throw signal.reason;
      });
    },
    poll: async () => {
      const fresh = await watcher.pollNow(serviceId);
      if (fresh !== null) return fresh.collected.result;
      return { ok: false, error: { kind: "aborted", what: "the service is no longer watched" } };
    },
    remember: async (key, value) => {
      run.memory.set(key, redact(value));
      await journal.commit({ memory: Object.fromEntries(run.memory) });
    },
    recall: (key) => run.memory.get(key),
    raise: async (alarm) => {
      const told = { ...alarm, message: redact(alarm.message) };
      journal.note("note", `alarm: ${alarm.node ?? "the service"} ${told.message}`);
      await journal.commit({}, (writing) => raiseAlarm(writing, { ...told, serviceId, runId: run.id, since: now() }));
    },
    clear: (key) => store.write((writing) => clearAlarm(writing, serviceId, key)),
  };
}

/** What the steps of one run keep for one another; on disk with the run. */
export type Memory = Map<string, string>;
