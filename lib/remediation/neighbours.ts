import { type Finding, findingKey } from "#lib/core/finding.ts";
import { whyUnseen } from "#lib/remediation/symptoms.ts";
import type { FreshPoll, WatchedService } from "#lib/remediation/watcher.ts";

/** A service as far as it matters who stands beside whom. */
export type Beside = {
  readonly service: Pick<WatchedService["service"], "id" | "name" | "dependsOn">;
  /** Names of its nodes. */
  readonly nodes: readonly string[];
};

/**
 * Ids of the services that a change to one may hurt: those with a node of it, those that depend on it, directly or through
 * others, and what it depends on itself. Pure.
 */
export function neighboursOf(services: readonly Beside[], id: string): readonly string[] {
  const own = services.find(({ service }) => service.id === id);
  if (own === undefined) return [];
  const reached = new Set([id]);
  for (let grown = true; grown; ) {
    const next = services.filter(
      ({ service }) => !reached.has(service.id) && service.dependsOn.some((one) => reached.has(one)),
    );
    for (const { service } of next) reached.add(service.id);
    grown = next.length > 0;
  }
  const near = services.filter(
    ({ service, nodes }) =>
      reached.has(service.id) ||
      own.service.dependsOn.includes(service.id) ||
      nodes.some((node) => own.nodes.includes(node)),
  );
  return near.map(({ service }) => service.id).filter((one) => one !== id);
}

/** What is critical anywhere now, for telling later what is so only since. */
export function redNow(
  services: Iterable<{
    readonly service: Pick<WatchedService["service"], "id">;
    readonly state: Pick<WatchedService["state"], "findings">;
  }>,
): ReadonlySet<string> {
  const keys = [...services].flatMap(({ service, state }) =>
    state.findings.filter(isRed).map((one) => keyOf(service.id, one)),
  );
  return new Set(keys);
}

/** What is critical in a neighbour since the run began, in words. One that cannot be seen says nothing of it. */
export function newlyRed(
  { id, name }: Pick<WatchedService["service"], "id" | "name">,
  poll: FreshPoll | null,
  before: ReadonlySet<string>,
): readonly string[] {
  if (poll === null || whyUnseen(poll) !== null) return [];
  return poll.state.findings
    .filter((one) => isRed(one) && !before.has(keyOf(id, one)))
    .map((one) => `${name}: ${one.message}`);
}

function isRed(finding: Finding): boolean {
  return finding.severity === "critical" && !finding.subject?.startsWith("run:");
}

function keyOf(serviceId: string, finding: Finding): string {
  return `${serviceId}|${findingKey(finding)}`;
}
