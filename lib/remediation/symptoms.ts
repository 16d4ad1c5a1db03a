import { type Finding, findingKey } from "#lib/core/finding.ts";
import { isOwnAlarm } from "#lib/core/heal.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { FreshPoll, WatchedService } from "#lib/remediation/watcher.ts";
import type { Symptom } from "#lib/store/runs.ts";

/** How many polls in a row must be free of a symptom before it counts as gone. */
export const greenPolls = 3;

/** A service as far as its symptoms go. */
interface Seen {
  readonly service: Pick<WatchedService["service"], "id" | "name">;
  readonly state: Pick<WatchedService["state"], "findings">;
}

/**
 * The trouble that is open on a node, in the service itself and wherever else the same node is seen. Its own service first.
 * What another service says of its own making is left out: no restart makes a certificate last longer.
 */
export function openSymptoms(services: Iterable<Seen>, serviceId: string, node: string): Symptom[] {
  const found = [...services].flatMap(({ service, state }) =>
    state.findings
      .filter((finding) => raised(finding) && finding.node === node)
      .filter((finding) => service.id === serviceId || finding.selfMade !== true)
      .map((finding) => ({ serviceId: service.id, serviceName: service.name, finding })),
  );
  return found.sort((a, b) => Number(b.serviceId === serviceId) - Number(a.serviceId === serviceId));
}

/**
 * The symptoms a fresh poll still shows. A poll that failed or is not believed proves nothing, so all of them count as open.
 * So does one whose node is critical for another reason now, or cannot be looked at, and was not (`before`) when the run
 * began: that is not what green looks like. A symptom that is only a note by now still stands: maintenance that began
 * meanwhile excuses it, it does not heal it.
 */
export function stillOpen(
  symptoms: readonly Symptom[],
  poll: FreshPoll | null,
  before: ReadonlySet<string> = new Set(),
): Symptom[] {
  if (poll === null || whyUnseen(poll) !== null) return [...symptoms];
  const found = poll.state.findings.filter(raised);
  const standing = new Map(poll.state.findings.map((finding) => [findingKey(finding), finding]));
  return symptoms.flatMap((symptom) => {
    const { serviceId, finding } = symptom;
    const instead = (one: Finding) => one.node === finding.node && hides(one) && !before.has(keyOf(serviceId, one));
    const now = standing.get(findingKey(finding)) ?? found.find(instead);
    return now === undefined ? [] : [{ ...symptom, finding: now }];
  });
}

/** All trouble that is open now, symptom of a run or not; for `stillOpen`. */
export function troubleNow(services: Iterable<Seen>): ReadonlySet<string> {
  const keysOf = ({ service, state }: Seen) => state.findings.filter(raised).map((one) => keyOf(service.id, one));
  return new Set([...services].flatMap(keysOf));
}

function keyOf(serviceId: string, finding: Finding): string {
  return `${serviceId}|${findingKey(finding)}`;
}

/** What a fresh poll says is wrong, on one node or anywhere; a poll that saw nothing is a failure, not green. */
export function troubleIn(poll: FreshPoll, node?: string): Result<readonly string[]> {
  const { result } = poll.collected;
  if (!result.ok) return result;
  if (poll.state.failure !== null) return err(poll.state.failure);
  const found = poll.state.findings.filter((one) => raised(one) && (node === undefined || one.node === node));
  return ok(found.map(({ message }) => message));
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

/** Trouble of the target itself. What an earlier run left is told by Pitwall, and ends when somebody settles it. */
function raised(finding: Finding): boolean {
  return finding.severity !== "info" && !isOwnAlarm(finding.subject);
}

/** Trouble in the place of the symptom: as bad as can be, or of the way to the node, behind which nothing else is seen. */
export function hides(finding: Finding): boolean {
  return finding.severity === "critical" || (finding.selfMade === true && finding.contained !== undefined);
}
