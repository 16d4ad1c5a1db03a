import { formatDuration } from "#lib/core/duration.ts";
import { type Failure, failure, type RunsOn } from "#lib/core/failure.ts";
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
  place: RunsOn,
): Failure {
  const cause =
    reason === "timeout" ? `${name} did not end within ${formatDuration(timeoutMs)}` : `${name} was stopped`;
  const words = said((kept.stderr || kept.stdout).slice(-300));
  const kind = reason === "timeout" ? "timeout" : "aborted";
  const more = { ...words, ...(reason === "timeout" ? { afterMs: timeoutMs } : {}) };
  const where = place.pid === null ? "there" : `there as pid ${place.pid}`;
  const left = { ...more, mayStillRun: true, runsOn: place } as const;
  switch (ending) {
    case "gone":
      return failure(kind, `${cause}; it was ended there and is gone`, { ...more, provenGone: true });
    case "remains":
      return failure(kind, `${cause}; it could not be ended and still runs ${where}`, left);
    case "unknown":
      return failure(kind, `${cause}; whether it still runs ${where} is not known`, left);
    default:
      return ending satisfies never;
  }
}
