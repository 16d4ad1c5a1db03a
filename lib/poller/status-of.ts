import type { Failure } from "#lib/core/failure.ts";
import type { Finding } from "#lib/core/finding.ts";
import { type Status, worst } from "#lib/core/status.ts";

/** What a poll makes of a service: `unknown` when it brought nothing back, else the worst finding. `info` raises nothing. */
export function statusOf(failure: Failure | null, findings: readonly Finding[]): Status {
  if (failure !== null) return "unknown";
  const raised = findings.flatMap((finding): Status[] => (finding.severity === "info" ? [] : [finding.severity]));
  return worst(["ok", ...raised]);
}

/** Id of the finding that tells of a critical dependency. */
export const dependencyRule = "dependency";

/** One note for each service this one depends on that is critical right now. It raises nothing: it says where to look. */
export function dependencyFindings(
  dependsOn: readonly string[],
  look: (id: string) => { readonly name: string; readonly status: Status } | undefined,
): Finding[] {
  return dependsOn.flatMap((id) => {
    const dependency = look(id);
    if (dependency?.status !== "critical") return [];
    const message = `depends on ${dependency.name}, which is critical`;
    return [{ rule: dependencyRule, severity: "info" as const, subject: id, message, pointsAt: id }];
  });
}
