import { failoverCrashDrill, switchoverCrashDrill } from "#e2e/drill/crash-drills.ts";
import { remediesCrashDrill } from "#e2e/drill/crash-remedies.ts";
import type { DrillPlan, DrillReport } from "#e2e/drill/drill.ts";
import { failoverDrill, switchoverDrill } from "#e2e/drill/move-drills.ts";
import { rejoinCrashDrill } from "#e2e/drill/rejoin-crash.ts";
import { drainDrill, rollingRestartDrill } from "#e2e/drill/web-drills.ts";

export const drills: Readonly<Record<string, DrillPlan>> = {
  switchover: switchoverDrill,
  failover: failoverDrill,
  "switchover-crash": switchoverCrashDrill,
  "failover-crash": failoverCrashDrill,
  "rejoin-crash": rejoinCrashDrill,
  "remedies-crash": remediesCrashDrill,
  "rolling-restart": rollingRestartDrill,
  drain: drainDrill,
};

/** A figure a line, for people. */
export function reportLines(report: DrillReport): string[] {
  const { drill, times, acknowledged, lost, maxGapMs, failedRequests, verdicts } = report;
  const bad = verdicts.filter((verdict) => !verdict.startsWith("succeeded"));
  return [
    `${drill}, ${times} ${times === 1 ? "time" : "times"}`,
    `  acknowledged     ${acknowledged}`,
    `  lost             ${lost}`,
    `  longest gap      ${maxGapMs} ms`,
    `  failed attempts  ${failedRequests}`,
    `  succeeded        ${verdicts.length - bad.length} of ${verdicts.length}`,
    ...bad.map((verdict) => `  ${verdict}`),
  ];
}
