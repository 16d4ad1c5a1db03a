import type { Fact, Reading, Rule } from "#lib/core/rule.ts";
import { formatBytes } from "#lib/core/unit.ts";
import type { PostgresDetail, PostgresNode, ReplicaView, SlotView } from "#lib/integrations/postgres/detail.ts";

/** Who follows, how far behind, and what is kept for those that do not. */
export const replicationRules: readonly Rule<PostgresDetail>[] = [
  {
    type: "fact",
    id: "replica-disconnected",
    title: "A replica is cut off",
    severity: "warning",
    help: "It answers, but no WAL reaches it, so it serves ever older data although its own numbers say that it is up to date. Critical when no replica follows a primary that is there.",
    contained: "node",
    find: findDisconnected,
  },
  {
    type: "fact",
    id: "replica-frozen",
    title: "A replica's link hangs",
    severity: "warning",
    help: "The connection stands and both sides call it streaming, but nothing came back for more than 20 s. It ends by itself after wal_sender_timeout, 60 s by default.",
    contained: "node",
    find: findFrozen,
  },
  {
    type: "threshold",
    id: "lag-seconds",
    title: "Replication lag in time",
    unit: "s",
    raise: "above",
    warning: 10,
    critical: 60,
    help: "How old the data is that the replica serves, as the primary measures it, and only while something is left to replay: an idle primary is not lag.",
    contained: "node",
    read: (detail) =>
      replicas(detail).map(
        ({ node, replica }): Reading => ({
          node: node.name,
          value: replica.lagSeconds,
          say: (number) => `${number} behind`,
          clause: (number) => `is ${number} behind`,
          ...resume(node, replica),
        }),
      ),
  },
  {
    type: "threshold",
    id: "lag-bytes",
    title: "Replication lag in bytes",
    unit: "bytes",
    raise: "above",
    warning: 64_000_000,
    critical: 512_000_000,
    help: "WAL between the primary's write position and what the replica has replayed: four and thirty-two segments of 16 MB.",
    contained: "node",
    read: (detail) =>
      replicas(detail).map(
        ({ node, replica }): Reading => ({
          node: node.name,
          value: replica.lagBytes,
          say: (number) => `${number} of WAL behind`,
          clause: (number) => `is ${number} of WAL behind`,
          ...resume(node, replica),
        }),
      ),
  },
  {
    type: "fact",
    id: "replay-paused",
    title: "Replay is paused",
    severity: "warning",
    help: "The replica receives WAL and does not apply it. Somebody called pg_wal_replay_pause(), or a recovery target was reached.",
    selfMade: true,
    contained: "node",
    find: (detail) =>
      replicas(detail).flatMap(({ node, replica }) =>
        replica.replayPaused === true
          ? [
              {
                node: node.name,
                message: `replay is paused${behind(replica)}`,
                clause: "has its replay paused",
                ...resume(node, replica),
              },
            ]
          : [],
      ),
  },
  {
    type: "fact",
    id: "sync-missing",
    title: "No synchronous replica",
    severity: "critical",
    help: "synchronous_standby_names asks for a replica and none is in sync: every commit waits until one comes back.",
    find: findMissingSync,
  },
  {
    type: "fact",
    id: "slot-inactive",
    title: "A slot is not used",
    severity: "warning",
    help: "Nobody reads from the slot, so the server keeps WAL for it without end, until the disk is full or the slot is lost.",
    contained: true,
    find: (detail) =>
      slots(detail).flatMap(({ node, slot }) =>
        slot.active || isDead(slot.walStatus, slot.invalidation)
          ? []
          : [
              {
                node: node.name,
                subject: slot.name,
                message: `slot ${slot.name} is not used${kept(slot.retainedBytes)}`,
                clause: "keeps WAL for nobody",
              },
            ],
      ),
  },
  {
    type: "threshold",
    id: "slot-retained",
    title: "WAL kept for a slot",
    unit: "bytes",
    raise: "above",
    warning: 5_000_000_000,
    critical: 50_000_000_000,
    help: "A slot that is far behind fills the disk of the primary. Set the limits by the size of that disk.",
    contained: true,
    read: (detail) =>
      slots(detail).map(({ node, slot }) => ({
        node: node.name,
        subject: slot.name,
        value: slot.retainedBytes,
        say: (number) => `${number} of WAL kept for slot ${slot.name}`,
        clause: (number) => `keeps ${number} of WAL for a slot`,
        ...dropping(node, slot),
      })),
  },
  {
    type: "fact",
    id: "slot-lost",
    title: "A slot is lost",
    severity: "critical",
    help: "WAL that the slot needs is gone (max_slot_wal_keep_size). What reads from it must be built anew. `unreserved` is the last stage before.",
    contained: true,
    find: findLostSlots,
  },
];

function replicas(detail: PostgresDetail): { readonly node: PostgresNode; readonly replica: ReplicaView }[] {
  return detail.nodes.flatMap((node) => (node.replica === null ? [] : [{ node, replica: node.replica }]));
}

function slots(detail: PostgresDetail) {
  return detail.nodes.flatMap((node) => (node.slots ?? []).map((slot) => ({ node, slot })));
}

/** Only for a slot that nobody reads from. A replica that is merely late needs its slot most. */
function dropping(node: PostgresNode, slot: SlotView): Pick<Fact, "action"> {
  if (slot.active || slot.restartLsn === undefined) return {};
  return { action: { id: "drop-slot", params: { slot: `${node.name}/${slot.name}/${slot.restartLsn ?? "none"}` } } };
}

function resume(node: PostgresNode, replica: ReplicaView): Pick<Fact, "action"> {
  return replica.replayPaused === true ? { action: { id: "resume-replay", params: { node: node.name } } } : {};
}

function behind(replica: ReplicaView): string {
  return replica.lagBytes === null || replica.lagBytes === 0 ? "" : `, ${formatBytes(replica.lagBytes)} of WAL waiting`;
}

function kept(bytes: number | null): string {
  return bytes === null ? "" : `, ${formatBytes(bytes)} of WAL kept for it`;
}

/** A replica that is down altogether is told by `node-down`, once. */
function findDisconnected(detail: PostgresDetail): Fact[] {
  const all = replicas(detail);
  const following = all.filter(({ replica }) => replica.state === "streaming" || replica.state === "paused");
  return all
    .filter(({ node, replica }) => replica.state === "disconnected" && node.failure === null)
    .map(({ node, replica }) => ({
      node: node.name,
      // Without a primary the cut is a symptom, and the primary has its own finding.
      severity: following.length === 0 && detail.cluster.primary !== null ? "critical" : "warning",
      message: `is cut off, ${replica.why}${behind(replica)}`,
      clause: "has a replica that is cut off",
    }));
}

function findFrozen(detail: PostgresDetail): Fact[] {
  return replicas(detail)
    .filter(({ replica }) => replica.state === "frozen")
    .map(({ node, replica }) => ({
      node: node.name,
      message: `its link hangs, ${replica.why} (limit 20 s)`,
      clause: "has a replication link that hangs",
      limit: 20,
      ...(replica.replyAgeS === null ? {} : { value: replica.replyAgeS }),
    }));
}

function findMissingSync(detail: PostgresDetail): Fact[] {
  return detail.nodes.flatMap((node) => {
    if (!node.syncNames || node.missingGrant === true) return [];
    if (node.unread.some((each) => each.part === "primary_replication")) return [];
    const inSync = node.syncStandbys ?? 0;
    return inSync > 0
      ? []
      : [
          {
            node: node.name,
            message: `no synchronous replica (${node.syncNames}), so commits wait`,
            clause: "has commits waiting for a synchronous replica",
            value: 0,
            limit: 1,
          },
        ];
  });
}

function isDead(walStatus: string | null, invalidation: string | null): boolean {
  return walStatus === "lost" || walStatus === "unreserved" || invalidation !== null;
}

function findLostSlots(detail: PostgresDetail): Fact[] {
  return slots(detail).flatMap(({ node, slot }): Fact[] => {
    const at = { node: node.name, subject: slot.name };
    if (slot.walStatus === "lost" || slot.invalidation !== null) {
      const reason = slot.invalidation === null ? "" : ` (${slot.invalidation})`;
      return [
        {
          ...at,
          message: `slot ${slot.name} is lost${reason}: what reads from it must be built anew`,
          ...dropping(node, slot),
          clause: "has lost a slot",
        },
      ];
    }
    if (slot.walStatus !== "unreserved") return [];
    return [
      {
        ...at,
        severity: "warning",
        message: `slot ${slot.name} is about to be lost${kept(slot.retainedBytes)}`,
        clause: "is about to lose a slot",
      },
    ];
  });
}
