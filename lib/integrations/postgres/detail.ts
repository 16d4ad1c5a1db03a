import type { Failure } from "#lib/core/failure.ts";
import type { ManagerId } from "#lib/integrations/postgres/manager.ts";

/** What one poll knows of a PostgreSQL cluster. Ages and lags are seconds at the time of the poll; `null` is "not measured". */
export interface PostgresDetail {
  readonly cluster: PostgresCluster;
  /** In the order of the configuration, reachable or not. */
  readonly nodes: readonly PostgresNode[];
  /** The PgBouncers of the configuration, in its order. Older readings lack it. */
  readonly poolers?: readonly PoolerView[];
}

export interface PoolerView {
  readonly name: string;
  /** Why it could not be asked, or which of its databases are not there. */
  readonly failure: Failure | null;
  /** Those of the configuration that it has. */
  readonly databases: readonly PooledView[];
}

export interface PooledView {
  readonly name: string;
  /** The node of this service that it leads to; `null`: to something else. */
  readonly node: string | null;
  /** That node, a balancer of the configuration, or `10.0.0.1:5432`. */
  readonly leadsTo: string;
  /** `paused`: its clients wait until somebody says RESUME. `disabled`: new ones are refused. */
  readonly state: "active" | "paused" | "disabled";
  /** Clients with a server, and those who wait for one; `null` where not told. */
  readonly clients: number | null;
  readonly waiting: number | null;
  /** Of the one that waits longest, whole seconds. */
  readonly longestWaitS: number | null;
}

export interface PostgresCluster {
  /** Of the writable node, else of the first node that answered. Text: it is larger than a JSON number holds. */
  readonly systemId: string | null;
  /** Highest timeline among the writable nodes, else among those that answered. */
  readonly timeline: number | null;
  /** Names of the nodes that take writes. Exactly one is healthy. */
  readonly writable: readonly string[];
  /** The node that the replicas' lag is measured against; `null` while no node takes writes or it cannot be asked. */
  readonly primary: string | null;
  /** Programs that move the primary by themselves, by their sessions. Older readings lack it. */
  readonly managers?: readonly ManagerId[];
}

export type PostgresRole = "primary" | "replica";

export interface PostgresNode {
  readonly name: string;
  /** `10.0.0.1:5432`, as configured. */
  readonly address: string;
  /** Why it could not be asked; everything measured is `null` then. */
  readonly failure: Failure | null;
  /** Told by the node itself or, while it cannot be asked, by its replicas or an earlier poll. */
  readonly role: PostgresRole | null;
  /** Where `role` comes from: `told` now by itself, `inferred` from others, `last` known from an earlier poll. */
  readonly roleFrom: "told" | "inferred" | "last" | null;
  /** `15.18`. */
  readonly version: string | null;
  readonly systemId: string | null;
  readonly timeline: number | null;
  readonly uptimeS: number | null;
  readonly lsn: {
    /** Written, on a primary. */
    readonly current: string | null;
    readonly receive: string | null;
    readonly replay: string | null;
  };
  /** Where it wrote when it was last asked with success, while it cannot be asked; with the time in epoch milliseconds. */
  readonly lastWritten?: { readonly lsn: string; readonly at: number } | null;
  /** Replication as it stands for this replica; `null` for a primary and for a node of unknown role. */
  readonly replica: ReplicaView | null;
  /** `null` where not asked or not readable. */
  readonly slots: readonly SlotView[] | null;
  readonly archiver: ArchiverView | null;
  readonly connections: ConnectionsView | null;
  readonly sessions: SessionsView | null;
  readonly databases: readonly DatabaseAge[] | null;
  /** On a primary: what `synchronous_standby_names` asks for; empty when replication is asynchronous. */
  readonly syncNames: string | null;
  /** On a primary: standbys that are in sync now, whether or not they are nodes of this service. */
  readonly syncStandbys: number | null;
  /** `true` when the role lacks pg_monitor, so that numbers of other sessions are hidden. */
  readonly missingGrant: boolean | null;
  /** Parts of the poll that failed while others came back. */
  readonly unread: readonly { readonly part: string; readonly failure: Failure }[];
}

/**
 * `streaming` follows its upstream; `paused` receives but does not replay; `frozen` holds a connection over which nothing
 * has come back for too long; `disconnected` has no working receiver; `unknown` cannot be told.
 */
export type ReplicaState = "streaming" | "paused" | "frozen" | "disconnected" | "unknown";

export interface ReplicaView {
  readonly state: ReplicaState;
  /** Why the state is what it is, a few words: `the primary does not list it`. */
  readonly why: string;
  /** Node it streams from, when that is a node of this service, else `host:port`. */
  readonly upstream: string | null;
  /** Behind the primary's write position. `null` when the primary could not be asked or the replica is disconnected and cannot be asked. */
  readonly lagBytes: number | null;
  /** Behind in time; 0 when nothing is left to replay, `null` when nobody can say. Never 0 for a disconnected replica. */
  readonly lagSeconds: number | null;
  /** Parts of `lagBytes`, from the upstream's row: not yet sent, sent and not flushed, flushed and not replayed. */
  readonly sendBytes: number | null;
  readonly flushBytes: number | null;
  readonly replayBytes: number | null;
  readonly replayPaused: boolean | null;
  /** `not paused`, `pause requested` or `paused` (PostgreSQL 14+). */
  readonly pauseState: string | null;
  /** `streaming`, `catchup`, … as the upstream's row says; `null` when no row names this replica. */
  readonly upstreamState: string | null;
  /** `async`, `potential`, `sync` or `quorum`. */
  readonly syncState: string | null;
  /** Status of its receiver process; `null` when there is none. */
  readonly receiverStatus: string | null;
  readonly lastMessageAgeS: number | null;
  /** Since the upstream last heard from this replica. */
  readonly replyAgeS: number | null;
  readonly slot: string | null;
}

export interface SlotView {
  readonly name: string;
  readonly type: string;
  readonly active: boolean;
  /** Where its reader stopped; `null` when it is lost or was never used. */
  readonly restartLsn?: string | null;
  /** WAL that this slot keeps on disk. */
  readonly retainedBytes: number | null;
  /** `reserved`, `extended`, `unreserved`, `lost` (PostgreSQL 13+). */
  readonly walStatus: string | null;
  /** Bytes left until the slot is in danger (13+, only with max_slot_wal_keep_size). */
  readonly safeBytes: number | null;
  /** Why it is of no use any more (17+). */
  readonly invalidation: string | null;
}

export interface ArchiverView {
  readonly failing: boolean;
  readonly failedCount: number;
  readonly archivedCount: number;
  readonly lastFailedWal: string | null;
  readonly lastArchivedAgeS: number | null;
  readonly lastFailedAgeS: number | null;
  /** Segments that wait; `null` before version 12 or without the right to look. */
  readonly readySegments: number | null;
}

export interface ConnectionsView {
  /** Client backends only: WAL senders and workers have their own limits. */
  readonly used: number;
  /** What a plain role may use: max_connections less the reserved ones. */
  readonly limit: number;
  readonly active: number;
  readonly idle: number;
  readonly idleInTransaction: number;
  readonly waitingOnLock: number;
  readonly walSenders: number;
}

/** A session worth a name. `queryText` alone holds what users typed, so that a shared snapshot can leave it out. */
export interface SessionView {
  readonly pid: number;
  readonly user: string | null;
  readonly application: string | null;
  readonly database: string | null;
  readonly client: string | null;
  readonly state: string | null;
  /** What it waits for: `Lock/transactionid`. */
  readonly wait: string | null;
  /** Since its query started; `null` when it runs none. */
  readonly queryAgeS: number | null;
  readonly transactionAgeS: number | null;
  readonly stateAgeS: number | null;
  /** At most 200 characters, control characters replaced. */
  readonly queryText: string | null;
  /** Which session with which statement this is, however often its pid is used again; `null` for one that no remedy may end. */
  readonly identity?: string | null;
}

export interface SessionsView {
  readonly longestQuery: SessionView | null;
  readonly longestTransaction: SessionView | null;
  readonly longestIdleInTransaction: SessionView | null;
  /** One chain for each root blocker, most victims first. At most 10. */
  readonly chains: readonly BlockingChain[];
  /** Sessions that wait for a lock another one holds. */
  readonly blockedCount: number;
  /** Client sessions in a transaction, oldest first; at most 12. */
  readonly oldest?: readonly SessionView[];
}

/** All that waits, directly or through others, for one session that itself waits for nobody. */
export interface BlockingChain {
  /** What to end so that all of them go on. For a deadlock in the making it is one of its members. */
  readonly root: SessionView;
  /** At most 20, longest wait first. */
  readonly blocked: readonly (SessionView & { readonly blockedBy: readonly number[]; readonly depth: number })[];
  readonly blockedCount: number;
  readonly longestWaitS: number | null;
}

export interface DatabaseAge {
  readonly name: string;
  /** Transactions since its oldest unfrozen one; writes stop near 2.1 billion. */
  readonly xidAge: number;
  readonly multixactAge: number | null;
  /** autovacuum_freeze_max_age. */
  readonly freezeMaxAge: number | null;
}
