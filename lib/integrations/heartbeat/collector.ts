import { type Failure, failure } from "#lib/core/failure.ts";
import { ok } from "#lib/core/result.ts";
import type { HeartbeatDetail, Standing } from "#lib/integrations/heartbeat/detail.ts";
import type { HeartbeatConfig } from "#lib/integrations/heartbeat/manifest.ts";
import { observe } from "#lib/integrations/heartbeat/observe.ts";
import { goesOn, lastEnded } from "#lib/integrations/heartbeat/rules.ts";
import type { Collector, Metric } from "#lib/integrations/integration.ts";

/** Reads what the job sent, and asks nobody. */
export const collect: Collector<HeartbeatConfig, HeartbeatDetail> = async ({ config, mail, now }) => {
  if (mail === undefined) throw new Error("a kind that reports is handed its mail");
  const came = await mail();
  if (!came.ok) return came;
  const detail = observe(config, came.value, now());
  const unknown = unknownOf(detail.standing);
  return ok({ detail, metrics: metricsOf(detail, now()), ...(unknown === null ? {} : { unknown }) });
};

/** Why nothing can be said of the job, where its silence says nothing. */
export function unknownOf(standing: Standing): Failure | null {
  switch (standing.is) {
    case "unheard":
      return failure("not-heard", "nothing was heard of it yet");
    case "unsure":
      return failure(
        "not-heard",
        standing.why === "deaf"
          ? "a run was due while Pitwall did not listen, so whether it ran is not known"
          : "a run was due before it was expected as it is now, so whether it ran is not known",
      );
    case "in-time":
    case "late":
    case "missed":
      return null;
    default:
      return standing satisfies never;
  }
}

export function metricsOf({ runs, lastSuccessAt }: HeartbeatDetail, now: number): Metric[] {
  return [
    { id: "duration_ms", value: lastEnded(runs)?.durationMs ?? null },
    { id: "running", value: runs.filter(goesOn).length },
    { id: "success_age_s", value: lastSuccessAt === null ? null : Math.max(0, (now - lastSuccessAt) / 1_000) },
  ];
}
