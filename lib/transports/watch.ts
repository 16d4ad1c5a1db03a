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

/** Begins to watch over a call: until its deadline, and until its signal aborts. */
export function startWatch(bounds: Pick<Bounds, "timeoutMs" | "signal">): Watch {
  return new CallWatch(bounds);
}

/** A class, because a poller begins hundreds a second: as closures each would weigh a kilobyte. */
class CallWatch implements Watch {
  readonly startedAt = performance.now();
  readonly timeoutMs: number;
  stopped: StopReason | null = null;
  readonly #signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  #reading: NodeJS.Immediate | undefined;
  #stop: ((reason: StopReason) => void) | null = null;

  constructor({ timeoutMs, signal }: Pick<Bounds, "timeoutMs" | "signal">) {
    this.timeoutMs = timeoutMs;
    this.#signal = signal;
    // Whole milliseconds, as Node counts them: it keeps a list for each length of time, and would make one for each call.
    this.#timer = setTimeout(CallWatch.#late, Math.max(0, Math.ceil(timeoutMs)), this);
    if (signal.aborted) this.#end("aborted");
    else signal.addEventListener("abort", this);
  }

  leftMs(): number {
    return Math.max(0, this.timeoutMs - this.elapsedMs());
  }

  elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  whenStopped(stop: ((reason: StopReason) => void) | null): void {
    this.#stop = stop;
    if (this.stopped) stop?.(this.stopped);
  }

  release(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#reading);
    this.#signal.removeEventListener("abort", this);
  }

  /** Of the signal: an event listener may be an object. */
  handleEvent(): void {
    this.#end("aborted");
  }

  /** A process that its machine kept waiting runs its timers before it reads: what has come already is read first, and counts. */
  static #late(watch: CallWatch): void {
    watch.#reading = setImmediate(() => watch.#end("timeout"));
  }

  #end(reason: StopReason): void {
    if (this.stopped) return;
    this.stopped = reason;
    this.release();
    this.#stop?.(reason);
  }
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
