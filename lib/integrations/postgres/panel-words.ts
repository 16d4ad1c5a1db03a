import { formatDuration } from "#lib/core/duration.ts";
import type { Severity } from "#lib/core/status.ts";
import { formatBytes } from "#lib/core/unit.ts";
import type {
  ArchiverView,
  PooledView,
  PoolerView,
  PostgresDetail,
  PostgresNode,
  ReplicaView,
  SessionView,
} from "#lib/integrations/postgres/detail.ts";

/** `0.1 s · 16 kB`; words where a number would lie. */
export function lagWords(replica: ReplicaView): string {
  if (replica.state === "disconnected") {
    return replica.lagBytes === null || replica.lagBytes === 0
      ? "not connected"
      : `not connected · ${formatBytes(replica.lagBytes)} behind`;
  }
  if (replica.lagBytes === null) return "lag unknown";
  if (replica.lagBytes === 0 && (replica.lagSeconds ?? 0) === 0) return "up to date";
  const seconds = replica.lagSeconds === null ? "" : `${formatDuration(replica.lagSeconds * 1_000)} · `;
  return `${seconds}${formatBytes(replica.lagBytes)} behind`;
}

/** A node that could not be asked, or whose role nobody knows, is never shown well. */
export function markOf(node: PostgresNode, severity: Severity | null): "ok" | "unknown" | "warning" | "critical" {
  if (severity === "warning" || severity === "critical") return severity;
  return node.failure === null && node.role !== null ? "ok" : "unknown";
}

/** What the next one on call wants to know: could a replica take over now, without loss? */
export function standbySentence(detail: PostgresDetail): string | undefined {
  if (detail.cluster.writable.length > 1) return undefined;
  const replicas = detail.nodes.filter((node) => node.replica !== null);
  if (replicas.length === 0) return undefined;
  const even = replicas.find(({ replica }) => replica?.state === "streaming" && replica.lagBytes === 0);
  if (even !== undefined) return `${even.name} has everything that was written`;
  const streaming = replicas.filter(
    (node) => node.replica?.state === "streaming" && node.replica.lagBytes !== null && node.failure === null,
  );
  const [closest] = streaming.sort((a, b) => (a.replica?.lagBytes ?? 0) - (b.replica?.lagBytes ?? 0));
  if (closest === undefined) return "no replica could take over now";
  return `${closest.name} is closest, ${formatBytes(closest.replica?.lagBytes ?? 0)} behind`;
}

/** Whether it archives at all; a cluster without an archive is not told about it. */
export function archives(archiver: ArchiverView): boolean {
  return archiver.failing || archiver.archivedCount > 0 || archiver.failedCount > 0;
}

/** How the archive stands, the newest fact first. */
export function archiveWords(archiver: ArchiverView): string {
  const age = (seconds: number) => `${formatDuration(seconds * 1_000)} ago`;
  const waiting =
    archiver.readySegments === null || archiver.readySegments === 0 ? "" : ` · ${archiver.readySegments} segments wait`;
  if (archiver.failing) {
    return `failing${archiver.lastFailedAgeS === null ? "" : `, last try ${age(archiver.lastFailedAgeS)}`}${waiting}`;
  }
  return `${archiver.lastArchivedAgeS === null ? "nothing archived yet" : `last WAL ${age(archiver.lastArchivedAgeS)}`}${waiting}`;
}

/** `app, app_session → pg-a · 12 clients`; what is held or shut says so first, and who waits is counted. */
export function poolerWords({ failure, databases }: PoolerView): string {
  const alike = Map.groupBy(databases, ({ state, leadsTo }) => `${state} → ${leadsTo}`);
  const parts = [...alike.values()].map((group) => {
    const [{ state, leadsTo } = { state: "active", leadsTo: "" }] = group;
    const names = group.map(({ name }) => name).join(", ");
    return [`${names}${state === "active" ? "" : ` ${state}`} → ${leadsTo}`, clientWords(group)].join(" · ");
  });
  const told = parts.join("; ");
  if (failure === null) return told;
  return told === "" ? `cannot be asked: ${failure.what}` : `${failure.what}; ${told}`;
}

function clientWords(group: readonly PooledView[]): string {
  const sum = (of: "clients" | "waiting") =>
    group.some((each) => each[of] === null) ? null : group.reduce((total, each) => total + (each[of] ?? 0), 0);
  const [clients, waiting] = [sum("clients"), sum("waiting")];
  if (clients === null || waiting === null) return "clients not told";
  const longest = Math.max(0, ...group.map(({ longestWaitS }) => longestWaitS ?? 0));
  // It counts whole seconds, and none for who waits to log in.
  const upTo = longest === 0 ? "" : ` up to ${formatDuration(longest * 1_000)}`;
  const wait = waiting === 0 ? "" : `, ${waiting} ${waiting === 1 ? "waits" : "wait"}${upTo}`;
  return `${clients} ${clients === 1 ? "client" : "clients"}${wait}`;
}

/** Whose session it is and since when its transaction is open. */
export function who(session: SessionView): string {
  const age = session.transactionAgeS === null ? "" : ` for ${formatDuration(session.transactionAgeS * 1_000)}`;
  return [session.application || session.user, session.state === null ? null : `${session.state}${age}`]
    .filter(Boolean)
    .join(", ");
}

/** A node in figures; what was not measured has no row. */
export function nodeRows(node: PostgresNode) {
  const { replica, connections } = node;
  const bytes = (value: number | null | undefined) =>
    value === null || value === undefined ? null : formatBytes(value);
  const age = (seconds: number | null | undefined) =>
    seconds === null || seconds === undefined ? null : formatDuration(seconds * 1_000);
  return [
    { name: "Version", value: node.version },
    { name: "Timeline", value: node.timeline },
    { name: "Up for", value: age(node.uptimeS) },
    { name: "Follows", value: replica?.upstream ?? null },
    { name: "Receiver", value: replica?.receiverStatus ?? null },
    { name: "Not yet sent", value: bytes(replica?.sendBytes) },
    { name: "Not yet written down", value: bytes(replica?.flushBytes) },
    { name: "Not yet replayed", value: bytes(replica?.replayBytes) },
    { name: "Last heard from", value: age(replica?.replyAgeS) },
    { name: "Slot", value: replica?.slot ?? null },
    { name: "Write position", value: node.lsn.current },
    { name: "Replayed to", value: node.lsn.replay },
    { name: "Active sessions", value: connections?.active ?? null },
    { name: "Idle in transaction", value: connections?.idleInTransaction ?? null },
    { name: "Waiting for a lock", value: connections?.waitingOnLock ?? null },
    { name: "Hidden from us", value: node.missingGrant === true ? "the role lacks pg_monitor" : null },
  ].filter((row) => row.value !== null && row.value !== undefined);
}
