import { formatDuration } from "#lib/core/duration.ts";
import { formatBytes, formatCount } from "#lib/core/unit.ts";
import type { PassengerDetail, PassengerNode, PassengerProcess } from "#lib/integrations/passenger/detail.ts";

/** More empty slots than this are told by the number alone. */
const mostSlots = 32;

/** What a process does: a part of what a square can show. */
export type ProcessState = "idle" | "busy" | "stuck" | "leaving";

/** Stuck goes first: a process told to leave that never does is the worse news. */
export function stateOf(process: PassengerProcess): ProcessState {
  if (process.stuck) return "stuck";
  if (process.enabled !== null && process.enabled !== "ENABLED") return "leaving";
  return (process.sessions ?? 0) > 0 ? "busy" : "idle";
}

/** `stuck · last request 1 min 34 s ago · 118 MB`. */
export function processWords(process: PassengerProcess): string {
  const sessions = process.sessions ?? 0;
  const parts = [
    process.stuck ? "stuck" : sessions > 0 ? `${sessions} in it` : "idle",
    process.lastUsedAgoS === null ? null : `last request ${formatDuration(process.lastUsedAgoS * 1_000)} ago`,
    process.memoryBytes === null ? null : formatBytes(process.memoryBytes),
    process.enabled === null || process.enabled === "ENABLED" ? null : process.enabled.toLowerCase(),
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

/** `8 / 8`: slots taken and slots there are. */
export function slotWords(node: PassengerNode): string {
  const max = node.pool?.max ?? null;
  const used = node.pool?.capacityUsed ?? node.pool?.processes ?? null;
  return `${used === null ? "–" : formatCount(used)} / ${max === null ? "–" : formatCount(max)}`;
}

/** Slots of the pool that no process takes; 0 where they are too many to draw. */
export function emptySlots(node: PassengerNode): number {
  const max = node.pool?.max ?? 0;
  const used = node.pool?.capacityUsed ?? node.pool?.processes ?? 0;
  return max > mostSlots ? 0 : Math.max(0, max - used);
}

/** The host in one line, or why there is nothing to tell. */
export function hostWords(node: PassengerNode): string {
  if (node.pool === null) return node.failure?.what ?? "told nothing";
  const version = node.pool.version === null ? "Passenger" : `Passenger ${node.pool.version}`;
  return `${version} on ${node.host} · ${slotWords(node)} slots · ${formatCount(node.pool.queued)} queued`;
}

/** The requests of one path on all hosts together. */
export interface Path {
  readonly path: string;
  readonly count: number;
  readonly queued: number;
  readonly oldestAgeS: number | null;
  readonly nodes: readonly string[];
}

/** All requests in flight by path, most first. */
export function pathsOf(detail: PassengerDetail): Path[] {
  const merged = new Map<string, Path>();
  for (const node of detail.nodes) {
    for (const group of node.requests ?? []) {
      const seen = merged.get(group.path);
      merged.set(group.path, {
        path: group.path,
        count: (seen?.count ?? 0) + group.count,
        queued: (seen?.queued ?? 0) + group.queued,
        oldestAgeS: older(seen?.oldestAgeS ?? null, group.oldestAgeS),
        nodes: [...(seen?.nodes ?? []), node.name],
      });
    }
  }
  return [...merged.values()].sort((a, b) => b.count - a.count || (b.oldestAgeS ?? 0) - (a.oldestAgeS ?? 0));
}

function older(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.max(a, b);
}

/** `12 of 19 busy requests are /search`; only when one path stands out, else how many are in flight. */
export function requestSentence(detail: PassengerDetail): string {
  const total = detail.totals.inFlight;
  if (total === null) return "requests in flight not known";
  if (total === 0) return "no request in flight";
  const [first] = pathsOf(detail);
  if (first !== undefined && total >= 3 && first.count * 2 > total) {
    return `${formatCount(first.count)} of ${formatCount(total)} requests in flight are ${first.path}`;
  }
  return `${formatCount(total)} ${total === 1 ? "request" : "requests"} in flight`;
}
