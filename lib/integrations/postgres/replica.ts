import { formatDuration } from "#lib/core/duration.ts";
import { type AskedNode, addressOf, type Cluster } from "#lib/integrations/postgres/asked-node.ts";
import type { ReplicaState, ReplicaView } from "#lib/integrations/postgres/detail.ts";
import { lsnDistanceBytes } from "#lib/integrations/postgres/lsn.ts";
import { hasUnmatchedRows, type StandbyMatch } from "#lib/integrations/postgres/standby.ts";

/** wal_receiver_timeout and wal_sender_timeout are 60 s: a link silent for longer is no link. */
export const disconnectedAfterS = 60;
/** A receiver reports at least every 10 s (wal_receiver_status_interval); two reports missed and it hangs. */
export const frozenAfterS = 20;

type Matches = ReadonlyMap<string, StandbyMatch>;

/**
 * How one replica stands. "Receive equals replay, so lag is 0" is never used: it is true of a replica that is cut off.
 * Lag is measured from the primary's write position to the replica's replay position; without the primary it is unknown.
 */
export function replicaView(node: AskedNode, cluster: Cluster, matches: Matches): ReplicaView {
  const match = matches.get(node.config.name);
  const receiver = node.reading?.receivers?.[0];
  const replyAgeS = replyAge(node, match);
  const { state, why } = stateOf(node, cluster, matches, replyAgeS);
  const lagBytes = bytesBehind(node, cluster, match);
  return {
    state,
    why,
    upstream: upstreamName(node, cluster, match),
    lagBytes,
    lagSeconds: secondsBehind(node, state, lagBytes, replyAgeS, match, cluster, matches),
    sendBytes: match?.row.sendBytes ?? null,
    flushBytes: match?.row.flushBytes ?? null,
    replayBytes: match?.row.replayBytes ?? null,
    replayPaused: node.reading?.replay?.paused ?? null,
    pauseState: node.reading?.replay?.pauseState ?? null,
    upstreamState: match?.row.state ?? null,
    syncState: match?.row.syncState ?? null,
    receiverStatus: receiver?.status ?? null,
    lastMessageAgeS: receiver?.lastMessageAgeS ?? null,
    replyAgeS,
    slot: receiver?.slot ?? slotByPid(match),
  };
}

interface Told {
  readonly state: ReplicaState;
  readonly why: string;
}

function stateOf(node: AskedNode, cluster: Cluster, matches: Matches, replyAgeS: number | null): Told {
  return node.reading === null
    ? stateFromUpstream(node, cluster, matches, replyAgeS)
    : stateFromBoth(node, cluster, matches, replyAgeS);
}

/** The replica itself cannot be asked: only its upstream's row speaks. */
function stateFromUpstream(node: AskedNode, cluster: Cluster, matches: Matches, replyAgeS: number | null): Told {
  const match = matches.get(node.config.name);
  if (match !== undefined) {
    const upstream = match.upstream.config.name;
    if (replyAgeS !== null && replyAgeS > frozenAfterS) {
      return { state: "frozen", why: `${upstream} has not heard from it for ${age(replyAgeS)}` };
    }
    if (match.row.state === null) return { state: "unknown", why: `${upstream} lists it, but hides its state` };
    return { state: "streaming", why: `${upstream} says ${match.row.state}` };
  }
  const primary = cluster.primary;
  if (primary?.reading?.standbys && !hasUnmatchedRows(cluster.asked, matches)) {
    return { state: "disconnected", why: `${primary.config.name} does not list it` };
  }
  return { state: "unknown", why: "it cannot be asked" };
}

function stateFromBoth(node: AskedNode, cluster: Cluster, matches: Matches, replyAgeS: number | null): Told {
  const { receivers, replay } = node.reading ?? {};
  const receiver = receivers?.[0];
  if (receivers === null || receivers === undefined) return { state: "unknown", why: "its receiver could not be read" };
  if (receiver === undefined) return { state: "disconnected", why: "it has no receiver" };
  if (receiver.status === null && node.reading?.identity.missingGrant !== false) {
    return { state: "unknown", why: "the role may not see its receiver" };
  }
  const silentS = receiver.lastMessageAgeS;
  if (silentS !== null && silentS > disconnectedAfterS) {
    return { state: "disconnected", why: `nothing received for ${age(silentS)}` };
  }
  if (receiver.status !== null && receiver.status !== "streaming") {
    return { state: "disconnected", why: `its receiver is ${receiver.status}` };
  }
  if (isUnlisted(node, cluster, matches)) {
    return { state: "disconnected", why: `${cluster.primary?.config.name ?? "the primary"} does not list it` };
  }
  if (replyAgeS !== null && replyAgeS > frozenAfterS && (silentS === null || silentS > frozenAfterS)) {
    return { state: "frozen", why: `no sign of life over the link for ${age(replyAgeS)}` };
  }
  if (replay?.paused === true) return { state: "paused", why: "replay is paused" };
  return { state: "streaming", why: "its receiver streams" };
}

/** No row anywhere names it, and every node that could have one was read. */
function isUnlisted(node: AskedNode, cluster: Cluster, matches: Matches): boolean {
  return (
    !matches.has(node.config.name) &&
    cluster.primary !== null &&
    cluster.asked.every((each) => each === node || each.reading?.standbys) &&
    !hasUnmatchedRows(cluster.asked, matches)
  );
}

/**
 * reply_time is the replica's own clock, so the age is corrected by how far the two clocks differ, both read in this poll.
 */
function replyAge(node: AskedNode, match: StandbyMatch | undefined): number | null {
  const told = match?.row.replyAgeS ?? null;
  if (told === null) return null;
  const [here, there] = [match?.upstream.reading?.identity.clockS ?? null, node.reading?.identity.clockS ?? null];
  return Math.max(0, here === null || there === null ? told : told + (there - here));
}

function bytesBehind(node: AskedNode, { primary }: Cluster, match: StandbyMatch | undefined): number | null {
  const head = primary?.reading?.identity;
  if (primary === null || head === undefined) return null;
  const current = head.currentLsn ?? primary.reading?.standbys?.[0]?.currentLsn ?? null;
  const own = node.reading;
  if (own === null) {
    const replayed = match?.row.replayLsn ?? null;
    return clamped(lsnDistanceBytes(current, replayed));
  }
  if (own.identity.systemId !== head.systemId) return null;
  if ((own.identity.timeline ?? 0) < (head.timeline ?? 0) && own.receivers?.length === 0) return null;
  return clamped(lsnDistanceBytes(current, own.replay?.replayLsn ?? null));
}

/**
 * The upstream's replay_lag, but only while something is left to replay: after a catch-up it keeps its last value until
 * new WAL comes. When the link hangs it keeps its last value too, so there the silence itself is the lag.
 */
function secondsBehind(
  node: AskedNode,
  state: ReplicaState,
  lagBytes: number | null,
  replyAgeS: number | null,
  match: StandbyMatch | undefined,
  cluster: Cluster,
  matches: Matches,
): number | null {
  if (lagBytes === null || state === "disconnected" || state === "unknown") return null;
  if (state === "frozen") return lagBytes === 0 ? null : Math.max(match?.row.replayLagS ?? 0, replyAgeS ?? 0);
  if (lagBytes === 0) return 0;
  if (match?.row.totalBytes === 0) return upstreamSeconds(node, 0, match, cluster, matches);
  const told = match?.row.replayLagS ?? null;
  if (told !== null) return upstreamSeconds(node, told, match, cluster, matches);
  const hasReplayLag = (match?.upstream.reading?.identity.versionNum ?? 100_000) >= 100_000;
  return hasReplayLag ? null : (node.reading?.replay?.naiveLagS ?? null);
}

/** A cascading replica is at least as late as the replica it follows. */
function upstreamSeconds(
  node: AskedNode,
  own: number,
  match: StandbyMatch | undefined,
  cluster: Cluster,
  matches: Matches,
): number | null {
  const upstream = match?.upstream;
  if (upstream === undefined || upstream === node || upstream.reading?.identity.inRecovery !== true) return own;
  const rest = new Map([...matches].filter(([name]) => name !== node.config.name));
  const above = replicaView(upstream, cluster, rest).lagSeconds;
  return above === null ? null : own + above;
}

function upstreamName(node: AskedNode, cluster: Cluster, match: StandbyMatch | undefined): string | null {
  if (match !== undefined) return match.upstream.config.name;
  const receiver = node.reading?.receivers?.[0];
  if (receiver?.senderHost == null) return null;
  const address = addressOf({ name: "", address: receiver.senderHost, port: receiver.senderPort ?? 5432 });
  return cluster.asked.find((each) => addressOf(each.config) === address)?.config.name ?? address;
}

function slotByPid(match: StandbyMatch | undefined): string | null {
  const pid = match?.row.pid ?? null;
  return pid === null ? null : (match?.upstream.reading?.slots?.find((slot) => slot.activePid === pid)?.name ?? null);
}

/** Two polls are never at quite the same moment: a replica may seem ahead by what was written in between. */
function clamped(bytes: number | null): number | null {
  return bytes === null ? null : Math.max(0, bytes);
}

function age(seconds: number): string {
  return formatDuration(seconds * 1_000);
}
