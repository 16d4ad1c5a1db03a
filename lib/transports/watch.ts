import { formatDuration } from "#lib/core/duration.ts";
import { type Failure, failure } from "#lib/core/failure.ts";
import { err, type Result } from "#lib/core/result.ts";
import type { Bounds } from "#lib/transports/types.ts";

/** Why a call is ended from our side. */
export type StopReason = "timeout" | "aborted";

/** Watches over one call from start to end: one timer, one abort listener, whatever number of hops and retries it makes. */
export interface Watch {
  /** `performance.now()` at the start. */
  readonly startedAt: number;
  readonly timeoutMs: number;
  /** Set as soon as the call has to end. */
  readonly stopped: StopReason | null;
  /** Milliseconds left until the deadline, never below 0. */
  leftMs(): number;
  elapsedMs(): number;
  /** Names who ends the work at hand; it takes the place of the one before. Called at most once, at once if it is too late. */
  whenStopped(stop: ((reason: StopReason) => void) | null): void;
  /** The call is over: timer and listener go. */
  release(): void;
}

export function startWatch(bounds: Pick<Bounds, "timeoutMs" | "signal">): Watch {
  const startedAt = performance.now();
  let current: ((reason: StopReason) => void) | null = null;
  let stopped: StopReason | null = null;
  const stop = (reason: StopReason) => {
    if (stopped) return;
    stopped = reason;
    release();
    current?.(reason);
  };
  const onAbort = () => stop("aborted");
  // A process that its machine kept waiting runs its timers before it reads: what has come already is read first, and counts.
  let reading: NodeJS.Immediate | undefined;
  const late = () => {
    reading = setImmediate(stop, "timeout");
  };
  const timer = setTimeout(late, Math.max(0, bounds.timeoutMs));
  const release = () => {
    clearTimeout(timer);
    clearImmediate(reading);
    bounds.signal.removeEventListener("abort", onAbort);
  };
  if (bounds.signal.aborted) stop("aborted");
  else bounds.signal.addEventListener("abort", onAbort);
  return {
    startedAt,
    timeoutMs: bounds.timeoutMs,
    get stopped() {
      return stopped;
    },
    leftMs: () => Math.max(0, bounds.timeoutMs - (performance.now() - startedAt)),
    elapsedMs: () => performance.now() - startedAt,
    whenStopped(stopIt) {
      current = stopIt;
      if (stopped) stopIt?.(stopped);
    },
    release,
  };
}

/** The failure of a call that was ended from our side. `waitedFor`: what never came, `no SSH greeting from 10.0.0.5:22`. */
export function stoppedFailure(reason: StopReason, watch: Watch, waitedFor: string): Failure {
  const more = { afterMs: Math.round(watch.elapsedMs()) };
  return reason === "aborted"
    ? failure("aborted", `stopped on request; until then ${waitedFor}`, more)
    : failure("timeout", `${waitedFor} within ${formatDuration(watch.timeoutMs)}`, more);
}

/** Waits for work that belongs to others as well and goes on without us: our own deadline ends the waiting alone. */
export function unlessStopped<T>(work: Promise<Result<T>>, watch: Watch, waitsFor: () => string): Promise<Result<T>> {
  return new Promise((resolve, reject) => {
    watch.whenStopped((reason) => resolve(err(stoppedFailure(reason, watch, waitsFor()))));
    work.then((result) => {
      if (!watch.stopped) watch.whenStopped(null);
      resolve(result);
    }, reject);
  });
}
