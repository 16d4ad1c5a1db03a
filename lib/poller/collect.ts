import { formatDuration } from "#lib/core/duration.ts";
import { type Failure, failure } from "#lib/core/failure.ts";
import { foreignDeep } from "#lib/core/foreign-text.ts";
import { err, type Result } from "#lib/core/result.ts";
import type { CollectContext, Collector, Sample } from "#lib/integrations/integration.ts";
import type { Ending } from "#lib/poller/ending.ts";

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
 * abort is abandoned. When `ending` says so (a shut-down, a service that left) it ends as `aborted`.
 */
export async function collect(
  collector: Collector,
  context: Omit<CollectContext<unknown, unknown>, "signal">,
  ending: Ending,
): Promise<Collected> {
  const { timeoutMs, now } = context;
  const { signal } = ending;
  const startedAt = now();
  const begun = performance.now();
  const ended = await inTime(attempt(collector, { ...context, signal }), ending, timeoutMs);
  const durationMs = performance.now() - begun;
  const times = { startedAt, endedAt: now(), durationMs };
  if (ended === "abandoned") return { ...times, result: err(cutOff(ending, timeoutMs, durationMs)), abandoned: true };
  // A call that was aborted by the deadline says `aborted`; to a reader it is a timeout.
  const cut = signal.aborted && !ended.result.ok && ended.result.error.kind === "aborted";
  const result = cut ? err(cutOff(ending, timeoutMs, durationMs)) : ended.result;
  return { ...times, ...ended, result: foreignDeep(result, longestText), abandoned: false };
}

/** What the work comes to, or that it went on a while after it was ended. */
function inTime(work: Promise<Attempt>, ending: Ending, timeoutMs: number): Promise<Attempt | "abandoned"> {
  return new Promise((resolve) => {
    let lost: NodeJS.Timeout | undefined;
    const deadline = setTimeout(() => ending.cut(), timeoutMs);
    const leave = () => {
      clearTimeout(deadline);
      lost ??= setTimeout(over, graceMs, "abandoned" as const);
    };
    const over = (come: Attempt | "abandoned") => {
      clearTimeout(deadline);
      clearTimeout(lost);
      if (ending.onEnd === leave) ending.onEnd = null;
      resolve(come);
    };
    ending.onEnd = leave;
    if (ending.gone) leave();
    work.then(over);
  });
}

function cutOff(ending: Ending, timeoutMs: number, durationMs: number): Failure {
  if (ending.gone) return failure("aborted", "stopped before it ended");
  const afterMs = Math.round(durationMs);
  return failure("timeout", `no whole answer within ${formatDuration(timeoutMs)}`, { afterMs });
}

interface Attempt {
  readonly result: Result<Sample>;
  readonly bug?: unknown;
}

/** Never rejects. */
async function attempt(collector: Collector, context: CollectContext<unknown, unknown>): Promise<Attempt> {
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
