import { formatDuration } from "#lib/core/duration.ts";
import { type Failure, failure } from "#lib/core/failure.ts";
import { foreignDeep } from "#lib/core/foreign-text.ts";
import { err, type Result } from "#lib/core/result.ts";
import type { CollectContext, Collector, Sample } from "#lib/integrations/integration.ts";

export interface Collected {
  readonly result: Result<Sample>;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly durationMs: number;
  /** It ignored its abort signal and was left behind; it may still hold memory. */
  readonly abandoned: boolean;
  /** What it threw: a bug, to be logged with its stack. */
  readonly bug?: unknown;
}

/**
 * What comes in here was said by a watched server and goes to pages, logs and terminals: no kind can forget to make it
 * harmless. Each kind bounds its texts by itself, and much tighter; this is for one that does not.
 */
const longestText = 8_000;

/** After its deadline a collector is aborted; this much later it is left behind. */
export const graceMs = 150;

/**
 * Runs one collector within its deadline, whatever it does: a throw is the failure `internal`, and one that ignores its
 * abort is abandoned. Aborting `stop` (a shut-down, a service that left) ends it as `aborted`.
 */
export async function collect(
  collector: Collector,
  context: Omit<CollectContext<unknown, unknown>, "signal">,
  stop: AbortSignal,
): Promise<Collected> {
  const { timeoutMs, now } = context;
  const startedAt = now();
  const begun = performance.now();
  const controller = new AbortController();
  const abort = () => controller.abort(stop.reason);
  stop.addEventListener("abort", abort, { once: true });
  if (stop.aborted) abort();
  const deadline = setTimeout(() => controller.abort(new DOMException("deadline", "TimeoutError")), timeoutMs);
  const lost = leftBehind(controller.signal);
  try {
    const ended = await Promise.race([attempt(collector, { ...context, signal: controller.signal }), lost.promise]);
    const durationMs = performance.now() - begun;
    const times = { startedAt, endedAt: now(), durationMs };
    if (ended === "abandoned") return { ...times, result: err(cutOff(stop, timeoutMs, durationMs)), abandoned: true };
    // A call that was aborted by the deadline says `aborted`; to a reader it is a timeout.
    const cut = controller.signal.aborted && !ended.result.ok && ended.result.error.kind === "aborted";
    const result = cut ? err(cutOff(stop, timeoutMs, durationMs)) : ended.result;
    return { ...times, ...ended, result: foreignDeep(result, longestText), abandoned: false };
  } finally {
    clearTimeout(deadline);
    lost.cancel();
    stop.removeEventListener("abort", abort);
  }
}

function cutOff(stop: AbortSignal, timeoutMs: number, durationMs: number): Failure {
  if (stop.aborted) return failure("aborted", "stopped before it ended");
  const afterMs = Math.round(durationMs);
  return failure("timeout", `no whole answer within ${formatDuration(timeoutMs)}`, { afterMs });
}

async function attempt(
  collector: Collector,
  context: CollectContext<unknown, unknown>,
): Promise<{ readonly result: Result<Sample>; readonly bug?: unknown }> {
  try {
    return { result: await collector(context) };
  } catch (bug) {
    return { result: err(internal(bug)), bug };
  }
}

function internal(bug: unknown): Failure {
  const name = bug instanceof Error ? bug.name : typeof bug;
  return failure("internal", `the check itself failed with ${name}; the poller's log has the details`);
}

/** Resolves a while after the signal aborts. */
function leftBehind(signal: AbortSignal) {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<"abandoned">((resolve) => {
    signal.addEventListener("abort", () => {
      timer = setTimeout(resolve, graceMs, "abandoned");
    });
    if (signal.aborted) timer = setTimeout(resolve, graceMs, "abandoned");
  });
  return { promise, cancel: () => clearTimeout(timer) };
}
