import type { Failure } from "#lib/core/failure.ts";
import type {
  ArchiverView,
  ConnectionsView,
  DatabaseAge,
  SessionsView,
  SlotView,
} from "#lib/integrations/postgres/detail.ts";
import { type ManagerId, managersIn } from "#lib/integrations/postgres/manager.ts";
import type { QueryPart } from "#lib/integrations/postgres/queries.ts";
import { flag, number, type Row, text } from "#lib/integrations/postgres/row.ts";
import { parseSessions } from "#lib/integrations/postgres/sessions.ts";

/** What one node said, part by part, before the nodes are put together. `null` is a part that was not asked or not readable. */
export interface NodeReading {
  readonly identity: Identity;
  readonly standbys: readonly StandbyRow[] | null;
  readonly slots: readonly SlotRow[] | null;
  readonly replay: ReplayRow | null;
  /** None at all is a finding of its own, so an empty list differs from `null`. */
  readonly receivers: readonly ReceiverRow[] | null;
  readonly archiver: ArchiverView | null;
  readonly connections: ConnectionsView | null;
  readonly sessions: SessionsView | null;
  readonly databases: readonly DatabaseAge[] | null;
  readonly unread: readonly { readonly part: QueryPart; readonly failure: Failure }[];
}

export interface Identity {
  readonly version: string | null;
  readonly versionNum: number | null;
  readonly clusterName: string | null;
  readonly inRecovery: boolean;
  readonly systemId: string | null;
  readonly timeline: number | null;
  readonly currentLsn: string | null;
  readonly syncNames: string | null;
  /** The server's own clock, epoch seconds. */
  readonly clockS: number | null;
  readonly uptimeS: number | null;
  readonly missingGrant: boolean | null;
  /** Programs that move the primary by themselves and have a session here. */
  readonly managers: readonly ManagerId[];
}

/** One row of pg_stat_replication. */
export interface StandbyRow {
  readonly pid: number | null;
  readonly application: string | null;
  readonly client: string | null;
  readonly state: string | null;
  readonly syncState: string | null;
  readonly currentLsn: string | null;
  readonly replayLsn: string | null;
  readonly sendBytes: number | null;
  readonly flushBytes: number | null;
  readonly replayBytes: number | null;
  readonly totalBytes: number | null;
  readonly replayLagS: number | null;
  readonly replyAgeS: number | null;
}

export type SlotRow = SlotView & { readonly activePid: number | null };

export interface ReplayRow {
  readonly receiveLsn: string | null;
  readonly replayLsn: string | null;
  /** Since the last replayed commit was made: it grows for ever while the primary is idle. */
  readonly naiveLagS: number | null;
  readonly paused: boolean | null;
  readonly pauseState: string | null;
}

/** The row of pg_stat_wal_receiver. */
export interface ReceiverRow {
  readonly status: string | null;
  readonly timeline: number | null;
  readonly slot: string | null;
  readonly senderHost: string | null;
  readonly senderPort: number | null;
  readonly lastMessageAgeS: number | null;
  readonly application: string | null;
}

/** Rows by part, or why the part has none. A part that is absent was not asked. */
export type PartRows = Partial<Record<QueryPart, readonly Row[] | Failure>>;

/** Rows of one node → reading. Any row may lack any column; `undefined` only when the identity itself is missing. Pure. */
export function parseNode(parts: PartRows): NodeReading | undefined {
  const identity = parseIdentity(first(parts.identity));
  if (identity === undefined) return undefined;
  const standbys = rows(parts.primary_replication)?.map(parseStandby) ?? null;
  const hidden = identity.missingGrant ?? (standbys?.some(isHidden) || null);
  return {
    identity: { ...identity, missingGrant: hidden },
    standbys,
    slots: rows(parts.primary_slots)?.map(parseSlot) ?? null,
    replay: mapped(first(parts.replica_lag), parseReplay),
    receivers: rows(parts.replica_receiver)?.map(parseReceiver) ?? null,
    archiver: mapped(first(parts.archiver), (row) => parseArchiver(row, first(parts.archive_backlog))),
    // Without pg_monitor other sessions are there but empty: the counts would come out as 1, which is worse than none.
    connections: hidden === true ? null : mapped(first(parts.connections), parseConnections),
    sessions: hidden === true ? null : mapped(rows(parts.activity), parseSessions),
    databases: rows(parts.xid_age)?.flatMap(parseDatabase) ?? null,
    unread: Object.entries(parts).flatMap(([part, got]) =>
      isFailure(got) ? [{ part: part as QueryPart, failure: got }] : [],
    ),
  };
}

function parseIdentity(row: Row | undefined): Identity | undefined {
  const inRecovery = flag(row?.in_recovery);
  if (row === undefined || inRecovery === null) return undefined;
  const versionNum = number(row.version_num);
  return {
    version: text(row.version, 60)?.split(" ")[0] ?? (versionNum === null ? null : spellVersion(versionNum)),
    versionNum,
    clusterName: text(row.cluster_name, 120),
    inRecovery,
    systemId: text(row.system_identifier, 40),
    timeline: number(row.current_timeline) ?? number(row.received_timeline) ?? number(row.checkpoint_timeline),
    currentLsn: text(row.current_lsn, 20),
    syncNames: text(row.sync_names, 400),
    clockS: number(row.clock_s),
    uptimeS: number(row.uptime_s),
    missingGrant: flag(row.missing_grant),
    managers: managersIn(text(row.managers, 300)),
  };
}

/** 150018 → `15.18`, 90624 → `9.6.24`. */
export function spellVersion(versionNum: number): string {
  const major = Math.floor(versionNum / 10_000);
  return major >= 10
    ? `${major}.${versionNum % 10_000}`
    : `${major}.${Math.floor(versionNum / 100) % 100}.${versionNum % 100}`;
}

function parseStandby(row: Row): StandbyRow {
  return {
    pid: number(row.pid),
    application: text(row.application_name, 120),
    client: text(row.client_addr, 60)?.replace(/\/(32|128)$/, "") ?? null,
    state: text(row.state, 40),
    syncState: text(row.sync_state, 40),
    currentLsn: text(row.current_lsn, 20),
    replayLsn: text(row.replay_lsn, 20),
    sendBytes: number(row.send_lag_bytes),
    flushBytes: number(row.flush_lag_bytes),
    replayBytes: number(row.apply_lag_bytes),
    totalBytes: number(row.total_lag_bytes),
    replayLagS: number(row.replay_lag_s),
    replyAgeS: number(row.last_reply_age_s),
  };
}

/** Without pg_monitor the row is there with its pid and nothing else. A standby that just connected has a state, at least. */
function isHidden(row: StandbyRow): boolean {
  return row.pid !== null && row.state === null;
}

function parseSlot(row: Row): SlotRow {
  return {
    name: text(row.slot_name, 120) ?? "?",
    type: text(row.slot_type, 40) ?? "?",
    active: flag(row.active) ?? false,
    activePid: number(row.active_pid),
    restartLsn: text(row.restart_lsn, 20),
    retainedBytes: mapped(number(row.retained_bytes) ?? undefined, (bytes) => Math.max(0, bytes)),
    walStatus: text(row.wal_status, 40),
    safeBytes: number(row.safe_wal_size),
    invalidation: text(row.invalidation_reason, 120),
  };
}

function parseReplay(row: Row): ReplayRow {
  return {
    receiveLsn: text(row.receive_lsn, 20),
    replayLsn: text(row.replay_lsn, 20),
    naiveLagS: number(row.naive_lag_s),
    paused: flag(row.replay_paused),
    pauseState: text(row.pause_state, 40),
  };
}

function parseReceiver(row: Row): ReceiverRow {
  return {
    status: text(row.status, 40),
    timeline: number(row.received_tli),
    slot: text(row.slot_name, 120),
    senderHost: text(row.sender_host, 253),
    senderPort: number(row.sender_port),
    lastMessageAgeS: number(row.last_msg_age_s),
    application: text(row.application_name, 120),
  };
}

function parseArchiver(row: Row, backlog: Row | undefined): ArchiverView {
  return {
    failing: flag(row.failing_now) ?? false,
    failedCount: number(row.failed_count) ?? 0,
    archivedCount: number(row.archived_count) ?? 0,
    lastFailedWal: text(row.last_failed_wal, 80),
    lastArchivedAgeS: number(row.last_archived_age_s),
    lastFailedAgeS: number(row.last_failed_age_s),
    readySegments: number(backlog?.ready_segments) ?? number(row.ready_segments),
  };
}

function parseConnections(row: Row): ConnectionsView | null {
  const [used, max] = [number(row.client_backends), number(row.max_connections)];
  if (used === null || max === null) return null;
  return {
    used,
    limit: Math.max(1, max - (number(row.reserved) ?? 0)),
    active: number(row.active) ?? 0,
    idle: number(row.idle) ?? 0,
    idleInTransaction: number(row.idle_in_transaction) ?? 0,
    waitingOnLock: number(row.waiting_on_lock) ?? 0,
    walSenders: number(row.walsenders) ?? 0,
  };
}

function parseDatabase(row: Row): DatabaseAge[] {
  const [name, xidAge] = [text(row.datname, 120), number(row.xid_age)];
  if (name === null || xidAge === null) return [];
  return [{ name, xidAge, multixactAge: number(row.mxid_age), freezeMaxAge: number(row.freeze_max_age) }];
}

function isFailure(part: readonly Row[] | Failure | undefined): part is Failure {
  return part !== undefined && !Array.isArray(part);
}

function rows(part: readonly Row[] | Failure | undefined): readonly Row[] | undefined {
  return part === undefined || isFailure(part) ? undefined : part;
}

function first(part: readonly Row[] | Failure | undefined): Row | undefined {
  return rows(part)?.[0];
}

function mapped<From, To>(from: From | undefined, map: (from: From) => To): To | null {
  return from === undefined ? null : map(from);
}
