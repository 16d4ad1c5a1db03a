import { formatDuration } from "#lib/core/duration.ts";
import type { HeartbeatDetail, JobRun } from "#lib/integrations/heartbeat/detail.ts";

/** How a run is drawn. */
export type RunLook = "ok" | "open" | "warning" | "critical" | "hollow" | "gap";

export function lookOf({ outcome }: JobRun): Exclude<RunLook, "gap"> {
  switch (outcome) {
    case "succeeded":
      return "ok";
    case "running":
      return "open";
    case "too-long":
      return "warning";
    case "failed":
      return "critical";
    case "never-ended":
      return "hollow";
    default:
      return outcome satisfies never;
  }
}

/** A bar for each run, and one for each that was missed since. */
export function barsOf(detail: HeartbeatDetail) {
  const { runs, standing, timeZone } = detail;
  const longest = Math.max(1, ...runs.map(({ durationMs }) => durationMs ?? 0));
  const drawn = runs.map((run) => ({
    key: String(run.id),
    look: lookOf(run) as RunLook,
    share: run.durationMs === null ? null : run.durationMs / longest,
    title: `${timeIn(run.startedAt ?? run.endedAt ?? 0, timeZone)} · ${runWords(run)}`,
  }));
  if (standing.is !== "missed") return drawn;
  const missed = Array.from({ length: Math.min(standing.times, 5) }, (_, index) => ({
    key: `missed-${index}`,
    look: "gap" as const,
    share: null,
    title: index === 0 ? `${timeIn(standing.dueAt, timeZone)} · was due, not heard of` : "missed",
  }));
  return [...drawn, ...missed];
}

/** The bars for those who cannot see them. */
export function barWords({ runs, standing }: HeartbeatDetail): string {
  const ended = runs.filter(({ outcome }) => outcome !== "running" && outcome !== "too-long");
  const well = ended.filter(({ outcome }) => outcome === "succeeded");
  const missed = standing.is === "missed" ? `, ${standing.times} missed since` : "";
  return `${well.length} of the last ${ended.length} runs succeeded${missed}`;
}

/** `succeeded in 2 min 10 s`, `failed with exit code 3 after 4 s`, `runs for 12 s`. */
export function runWords({ outcome, exitCode, durationMs }: JobRun): string {
  const time = durationMs === null ? null : formatDuration(durationMs);
  switch (outcome) {
    case "succeeded":
      return time === null ? "succeeded" : `succeeded in ${time}`;
    case "failed":
      return `failed${exitCode === null ? "" : ` with exit code ${exitCode}`}${time === null ? "" : ` after ${time}`}`;
    case "running":
    case "too-long":
      return time === null ? "runs" : `runs for ${time}`;
    case "never-ended":
      return "never ended";
    default:
      return outcome satisfies never;
  }
}

/** `in 18 h · Sun 29 Nov 02:15 Europe/Berlin`; of one that is overdue `since 4 min`. */
export function dueWords({ dueAt, timeZone }: Pick<HeartbeatDetail, "dueAt" | "timeZone">, now: number): string {
  if (dueAt === null) return "never again";
  const away = Math.round((dueAt - now) / 1_000) * 1_000;
  const when = away >= 0 ? `in ${formatDuration(away)}` : `since ${formatDuration(-away)}`;
  return timeZone === null ? when : `${when} · ${timeIn(dueAt, timeZone)} ${timeZone}`;
}

/** `Sun 29 Nov 02:15:03` on the clock of the schedule, or on UTC's. */
export function timeIn(at: number, timeZone: string | null): string {
  const parts = { weekday: "short", day: "numeric", month: "short" } as const;
  const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
  const zone = timeZone ?? "UTC";
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-GB", { ...options, timeZone: zone }).format(at);
  return `${format(parts).replace(",", "")} ${format(clock)}${timeZone === null ? " UTC" : ""}`;
}

/** What a crontab's line ends with, so that its job reports how it went. */
export function reportLine(origin: string, serviceId: string): string {
  return `curl -fsS -m 10 --retry 5 -o /dev/null -H @$HOME/.pitwall-${serviceId} -d exitCode=$? ${origin}/api/v1/heartbeats/${serviceId}`;
}

/** Makes the token that the line sends. */
export function tokenLine(serviceId: string): string {
  return `npx pitwall token add ${serviceId} --door heartbeat --service ${serviceId} --expires 365d`;
}

/** Keeps the token on the job's machine where no list of processes shows it. */
export function headerLine(serviceId: string): string {
  return `(umask 077; read -rsp 'Token: ' T && printf 'Authorization: Bearer %s\\n' "$T" > ~/.pitwall-${serviceId})`;
}
