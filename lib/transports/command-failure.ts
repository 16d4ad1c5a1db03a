import { formatDuration } from "#lib/core/duration.ts";
import { type Failure, failure } from "#lib/core/failure.ts";
import { said } from "#lib/transports/said.ts";
import type { CommandAnswer } from "#lib/transports/types.ts";
import type { StopReason } from "#lib/transports/watch.ts";

/** What became of a command that was ended from our side. */
export type Ending = "gone" | "remains" | "unknown";

/** The failure of a command that took too long or was stopped, with what is known of its end and its last words. */
export function endedFailure(
  reason: StopReason,
  name: string,
  timeoutMs: number,
  ending: Ending,
  kept: Pick<CommandAnswer, "stdout" | "stderr">,
): Failure {
  const cause =
    reason === "timeout" ? `${name} did not end within ${formatDuration(timeoutMs)}` : `${name} was stopped`;
  const words = said((kept.stderr || kept.stdout).slice(-300));
  const kind = reason === "timeout" ? "timeout" : "aborted";
  const more = { ...words, ...(reason === "timeout" ? { afterMs: timeoutMs } : {}) };
  switch (ending) {
    case "gone":
      return failure(kind, `${cause}; it was ended there and is gone`, more);
    case "remains":
      return failure(kind, `${cause}; it could not be ended and still runs there`, { ...more, mayStillRun: true });
    case "unknown":
      return failure(kind, `${cause}; whether it still runs there is not known`, { ...more, mayStillRun: true });
    default:
      return ending satisfies never;
  }
}
