import { type Finding, findingKey } from "#lib/core/finding.ts";
import type { FreshPoll, WatchedService } from "#lib/remediation/watcher.ts";
import type { Symptom } from "#lib/store/runs.ts";

/** How many polls in a row must be free of a symptom before it counts as gone. */
export const greenPolls = 3;

/** The trouble that is open on a node, in the service itself and wherever else the same node is seen. Its own service first. */
export function openSymptoms(services: Iterable<WatchedService>, serviceId: string, node: string): Symptom[] {
  const found = [...services].flatMap(({ service, state }) =>
    state.findings
      .filter((finding) => finding.severity !== "info" && finding.node === node)
      .map((finding) => ({ serviceId: service.id, serviceName: service.name, finding })),
  );
  return found.sort((a, b) => Number(b.serviceId === serviceId) - Number(a.serviceId === serviceId));
}

/**
 * The symptoms a fresh poll still shows. A poll that failed or is not believed proves nothing, so all of them count as open.
 * So does one whose node is critical for another reason now, or cannot be looked at: that is not what green looks like.
 */
export function stillOpen(symptoms: readonly Symptom[], poll: FreshPoll | null): Symptom[] {
  if (poll === null || whyUnseen(poll) !== null) return [...symptoms];
  const found = poll.state.findings.filter(raised);
  const open = new Map(found.map((finding) => [findingKey(finding), finding]));
  return symptoms.flatMap((symptom) => {
    const { node } = symptom.finding;
    const now = open.get(findingKey(symptom.finding)) ?? found.find((one) => one.node === node && hides(one));
    return now === undefined ? [] : [{ ...symptom, finding: now }];
  });
}

/** Why a fresh poll says nothing of the service; `null` when it does. */
export function whyUnseen({ collected, state }: FreshPoll): string | null {
  if (!collected.result.ok) return collected.result.error.what;
  return state.failure?.what ?? null;
}

/** `Learn health of web-02`, and `Learn health of web-02 and Balancer of web-02` for several. */
export function subjectOf(symptoms: readonly Symptom[]): string {
  const names = symptoms.map(({ serviceName, finding }) => `${serviceName} of ${finding.node ?? "the service"}`);
  return [...new Set(names)].join(" and ");
}

function raised(finding: Finding): boolean {
  return finding.severity !== "info";
}

/** Trouble in the place of the symptom: as bad as can be, or of the way to the node, behind which nothing else is seen. */
function hides(finding: Finding): boolean {
  return finding.severity === "critical" || (finding.selfMade === true && finding.contained === true);
}
