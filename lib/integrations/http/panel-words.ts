import { formatDuration } from "#lib/core/duration.ts";
import type { Severity } from "#lib/core/status.ts";
import { formatBytes } from "#lib/core/unit.ts";
import type { HttpTarget } from "#lib/integrations/http/detail.ts";
import type { Trend } from "#lib/wire/board.ts";
import { seriesOf } from "#lib/wire/reading.ts";

/** What stands at the end of the row: the time of a good answer, else what came instead. */
export function resultWords(target: HttpTarget): string {
  switch (target.outcome.is) {
    case "ok":
      return target.timings === null ? "ok" : formatDuration(target.timings.totalMs);
    case "unexpected":
      return target.status === null ? "unexpected" : `${target.status}`;
    case "failed":
      return failedWord(target.outcome.failure.kind);
    case "unknown":
      return "unknown";
    default:
      return target.outcome satisfies never;
  }
}

function failedWord(kind: string): string {
  return kind.replaceAll("-", " ");
}

/** Why the check did not pass, with what was expected and what came; `null` when it passed. */
export function whyWords(target: HttpTarget): string | null {
  switch (target.outcome.is) {
    case "ok":
      return null;
    case "unexpected": {
      const words = target.outcome.failed.map(({ expected, got }) => `expected ${expected}, got ${got}`).join("; ");
      const blamed = target.blames.map(({ service, got }) => `${service} (${got})`);
      return blamed.length === 0 ? words : `${words}; it blames ${blamed.join(", ")}`;
    }
    case "failed":
      return target.outcome.failure.what;
    case "unknown":
      return `not checked: ${target.outcome.failure.what}`;
    default:
      return target.outcome satisfies never;
  }
}

/** The last check in figures; what was not measured has no row. */
export function checkRows(target: HttpTarget) {
  const { timings, certificate } = target;
  const time = (ms: number | null | undefined) => (ms === null || ms === undefined ? null : formatDuration(ms));
  return [
    { name: "Connected to", value: target.remoteAddress ?? target.address },
    { name: "Status", value: target.status },
    { name: "Name look-up", value: time(timings?.dnsMs) },
    { name: "Connect", value: time(timings?.connectMs) },
    { name: "TLS", value: time(timings?.tlsMs) },
    { name: "First byte", value: time(timings?.firstByteMs) },
    { name: "Whole answer", value: time(timings?.totalMs) },
    { name: "Size", value: target.bytes === null ? null : formatBytes(target.bytes) },
    { name: "Redirected to", value: target.redirectedTo.at(-1) ?? null },
    { name: "Certificate", value: certificate === null ? null : certificate.subject },
    { name: "Certificate ends in", value: certificate === null ? null : `${Math.floor(certificate.daysLeft)} d` },
    { name: "Not trusted", value: certificate?.error ?? null },
  ].filter((row) => row.value !== null);
}

/** A target that could not be asked is unknown, whatever else is said of it. */
export function markOf(target: HttpTarget, severity: Severity | null): "ok" | "unknown" | "warning" | "critical" {
  if (target.outcome.is === "unknown") return "unknown";
  return severity === null || severity === "info" ? (target.outcome.is === "ok" ? "ok" : "critical") : severity;
}

/** One beat for each poll of the kept history; where nothing was measured it has no status. */
export function beatsOf(
  trend: Trend,
  node: string,
): { readonly at: number; readonly status: "ok" | "critical" | null; readonly title: string }[] {
  const up = seriesOf(trend, "up", node);
  const totalMs = seriesOf(trend, "total_ms", node);
  return trend.at.map((at, index) => {
    const passed = up[index] ?? null;
    const ms = totalMs[index] ?? null;
    const words = passed === null ? "not measured" : passed >= 1 ? "passed" : "failed";
    const time = ms === null ? "" : ` · ${formatDuration(ms)}`;
    return {
      at,
      status: passed === null ? null : passed >= 1 ? "ok" : "critical",
      title: `${new Date(at).toISOString().slice(11, 19)} UTC · ${words}${time}`,
    };
  });
}

/** The beats for those who cannot see them. */
export function beatWords(beats: readonly { readonly status: "ok" | "critical" | null }[]): string {
  const measured = beats.filter((beat) => beat.status !== null);
  const passed = measured.filter((beat) => beat.status === "ok");
  return `${passed.length} of the last ${measured.length} checks passed`;
}
