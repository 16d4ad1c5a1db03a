import { managersSql } from "#lib/integrations/postgres/manager.ts";

/** Oldest and newest `server_version_num` whose catalogue names are known here. A newer one is asked like the newest. */
export const oldestVersionNum = 90_600;

/** The parts of one poll. Each is a statement of its own, so that a missing right costs only its part. */
export const queryParts = [
  "identity",
  "primary_replication",
  "primary_slots",
  "replica_lag",
  "replica_receiver",
  "archiver",
  "archive_backlog",
  "connections",
  "activity",
  "xid_age",
] as const;
export type QueryPart = (typeof queryParts)[number];

export const versionQuery = "SELECT current_setting('server_version_num')::int AS version_num";

/**
 * The statements for one server version, 9.6 to 18; `undefined` where the version has no source for the part.
 * Sources: the release notes of 10 (xlog became wal, location became lsn), 11 (sender_host), 12 (reply_time), 13 (wal_status,
 * flushed_lsn), 14 (pause state), 16 (reserved_connections), 17 (invalidation_reason). bigint, numeric and pg_lsn are
 * cast, because the driver would hand them over as strings of unknown meaning.
 */
export function queriesFor(versionNum: number): Partial<Record<QueryPart, string>> {
  const names = namesFor(versionNum);
  return {
    identity: identityQuery(versionNum, names),
    primary_replication: replicationQuery(versionNum, names),
    primary_slots: slotsQuery(versionNum, names),
    replica_lag: replayQuery(versionNum, names),
    replica_receiver: receiverQuery(versionNum),
    archiver: archiverQuery,
    ...(versionNum >= 120_000 ? { archive_backlog: backlogQuery } : {}),
    connections: connectionsQuery(versionNum),
    activity: activityQuery(versionNum),
    xid_age: xidAgeQuery,
  };
}

/** Which parts are worth asking of a node in that role. */
export function partsFor(inRecovery: boolean): readonly QueryPart[] {
  const everywhere = ["primary_replication", "primary_slots", "connections", "activity"] as const;
  return inRecovery
    ? ["replica_lag", "replica_receiver", ...everywhere]
    : [...everywhere, "archiver", "archive_backlog", "xid_age"];
}

/** The function that tells how many bytes lie between two positions. */
export function diffFunction(versionNum: number): string {
  return namesFor(versionNum).diff;
}

/** Where a server stands: what it wrote, or as a replica what it received. */
export function positionOf(versionNum: number): string {
  return position(namesFor(versionNum));
}

/** Names of the replay functions, for actions. */
export function replayFunctions(versionNum: number): { readonly resume: string; readonly isPaused: string } {
  const word = versionNum >= 100_000 ? "wal" : "xlog";
  return { resume: `pg_${word}_replay_resume()`, isPaused: `pg_is_${word}_replay_paused()` };
}

/** Names that changed with version 10. */
export interface Names {
  readonly current: string;
  readonly receive: string;
  readonly replay: string;
  readonly diff: string;
  readonly fileName: string;
  /** Suffix of the position columns of pg_stat_replication. */
  readonly column: "lsn" | "location";
}

export function namesFor(versionNum: number): Names {
  return versionNum >= 100_000
    ? {
        current: "pg_current_wal_lsn()",
        receive: "pg_last_wal_receive_lsn()",
        replay: "pg_last_wal_replay_lsn()",
        diff: "pg_wal_lsn_diff",
        fileName: "pg_walfile_name",
        column: "lsn",
      }
    : {
        current: "pg_current_xlog_location()",
        receive: "pg_last_xlog_receive_location()",
        replay: "pg_last_xlog_replay_location()",
        diff: "pg_xlog_location_diff",
        fileName: "pg_xlogfile_name",
        column: "location",
      };
}

/** Where this server stands: what it wrote, or as a replica what it received. */
function position({ current, receive, replay }: Names): string {
  return `CASE WHEN pg_is_in_recovery() THEN coalesce(${receive}, ${replay}) ELSE ${current} END`;
}

/** The timeline comes from the name of the current WAL file: the control file may lag behind until a checkpoint. */
function identityQuery(versionNum: number, names: Names): string {
  const hidden =
    versionNum >= 100_000
      ? "NOT pg_has_role('pg_monitor', 'usage')"
      : "NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)";
  return `SELECT current_setting('server_version_num')::int AS version_num,
  current_setting('server_version') AS version,
  current_setting('cluster_name') AS cluster_name,
  pg_is_in_recovery() AS in_recovery,
  (SELECT system_identifier::text FROM pg_control_system()) AS system_identifier,
  (SELECT timeline_id FROM pg_control_checkpoint()) AS checkpoint_timeline,
  CASE WHEN NOT pg_is_in_recovery() THEN ('x' || substr(${names.fileName}(${names.current}), 1, 8))::bit(32)::int END AS current_timeline,
  CASE WHEN NOT pg_is_in_recovery() THEN ${names.current}::text END AS current_lsn,
  CASE WHEN pg_is_in_recovery() THEN (SELECT received_tli FROM pg_stat_wal_receiver) END AS received_timeline,
  current_setting('synchronous_standby_names') AS sync_names,
  extract(epoch FROM clock_timestamp())::float8 AS clock_s,
  extract(epoch FROM now() - pg_postmaster_start_time())::float8 AS uptime_s,
  ${managersSql} AS managers,
  ${hidden} AS missing_grant`;
}

function replicationQuery(versionNum: number, names: Names): string {
  const { diff, column } = names;
  const lags =
    versionNum >= 100_000 ? "extract(epoch FROM r.replay_lag)::float8 AS replay_lag_s" : "NULL::float8 AS replay_lag_s";
  const reply = versionNum >= 120_000 ? "extract(epoch FROM clock_timestamp() - r.reply_time)::float8" : "NULL::float8";
  return `SELECT r.pid, r.application_name, r.client_addr::text, r.state, r.sync_state,
  p.position::text AS current_lsn, r.replay_${column}::text AS replay_lsn,
  ${diff}(p.position, r.sent_${column})::float8 AS send_lag_bytes,
  ${diff}(r.sent_${column}, r.flush_${column})::float8 AS flush_lag_bytes,
  ${diff}(r.flush_${column}, r.replay_${column})::float8 AS apply_lag_bytes,
  ${diff}(p.position, r.replay_${column})::float8 AS total_lag_bytes,
  ${lags}, ${reply} AS last_reply_age_s
FROM pg_stat_replication r CROSS JOIN (SELECT ${position(names)} AS position) p
ORDER BY r.application_name, r.pid LIMIT 200`;
}

function slotsQuery(versionNum: number, names: Names): string {
  const status =
    versionNum >= 130_000
      ? "s.wal_status, s.safe_wal_size::float8 AS safe_wal_size"
      : "NULL::text AS wal_status, NULL::float8 AS safe_wal_size";
  const reason = versionNum >= 170_000 ? "s.invalidation_reason" : "NULL::text AS invalidation_reason";
  // A slot synchronised to a standby (17+) is never active there; that is no trouble.
  const own = versionNum >= 170_000 ? "WHERE NOT s.synced\n" : "";
  return `SELECT s.slot_name, s.slot_type, s.active, s.active_pid, ${status}, ${reason},
  s.restart_lsn::text AS restart_lsn, ${names.diff}(p.position, s.restart_lsn)::float8 AS retained_bytes
FROM pg_replication_slots s CROSS JOIN (SELECT ${position(names)} AS position) p
${own}ORDER BY s.slot_name LIMIT 200`;
}

function replayQuery(versionNum: number, names: Names): string {
  const { isPaused } = replayFunctions(versionNum);
  const pauseState = versionNum >= 140_000 ? "pg_get_wal_replay_pause_state()" : "NULL::text";
  return `SELECT pg_is_in_recovery() AS in_recovery, ${names.receive}::text AS receive_lsn, ${names.replay}::text AS replay_lsn,
  extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float8 AS naive_lag_s,
  CASE WHEN pg_is_in_recovery() THEN ${isPaused} END AS replay_paused,
  CASE WHEN pg_is_in_recovery() THEN ${pauseState} END AS pause_state`;
}

/** Of conninfo only the application name is taken; the rest may say more than is ours to know. */
function receiverQuery(versionNum: number): string {
  const sender =
    versionNum >= 110_000 ? "sender_host, sender_port" : "NULL::text AS sender_host, NULL::int AS sender_port";
  return `SELECT status, received_tli, slot_name, ${sender},
  extract(epoch FROM clock_timestamp() - last_msg_receipt_time)::float8 AS last_msg_age_s,
  substring(conninfo FROM 'application_name=''?([^'' ]+)') AS application_name
FROM pg_stat_wal_receiver`;
}

const archiverQuery = `SELECT archived_count::float8 AS archived_count, failed_count::float8 AS failed_count, last_failed_wal,
  extract(epoch FROM now() - last_archived_time)::float8 AS last_archived_age_s,
  extract(epoch FROM now() - last_failed_time)::float8 AS last_failed_age_s,
  (last_failed_time IS NOT NULL AND (last_archived_time IS NULL OR last_failed_time > last_archived_time)) AS failing_now
FROM pg_stat_archiver`;

const backlogQuery = `SELECT count(*)::int AS ready_segments FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'`;

/** A time to the microsecond as text: a driver's date has milliseconds only, and a time as text depends on the session. */
export function microseconds(column: string): string {
  return `round(extract(epoch FROM ${column}) * 1000000)::bigint::text`;
}

/** Before 10 there is no backend_type, and WAL senders stand among the sessions. */
export function backendType(versionNum: number): string {
  return versionNum >= 100_000
    ? "a.backend_type"
    : "CASE WHEN a.pid IN (SELECT pid FROM pg_stat_replication) THEN 'walsender' ELSE 'client backend' END";
}

function connectionsQuery(versionNum: number): string {
  return `WITH a AS (SELECT a.state, a.wait_event_type, ${backendType(versionNum)} AS backend_type FROM pg_stat_activity a)
SELECT current_setting('max_connections')::int AS max_connections,
  current_setting('superuser_reserved_connections')::int + coalesce(current_setting('reserved_connections', true), '0')::int AS reserved,
  count(*) FILTER (WHERE backend_type = 'client backend')::int AS client_backends,
  count(*) FILTER (WHERE backend_type = 'client backend' AND state = 'active')::int AS active,
  count(*) FILTER (WHERE backend_type = 'client backend' AND state = 'idle')::int AS idle,
  count(*) FILTER (WHERE state LIKE 'idle in transaction%')::int AS idle_in_transaction,
  count(*) FILTER (WHERE wait_event_type = 'Lock')::int AS waiting_on_lock,
  count(*) FILTER (WHERE backend_type = 'walsender')::int AS walsenders
FROM a`;
}

/** The 200 oldest transactions. Who blocks is asked only for those that wait for a lock: the call takes the lock manager's own locks. */
function activityQuery(versionNum: number): string {
  return `SELECT a.pid, ${backendType(versionNum)} AS backend_type, a.datname, a.usename, a.application_name,
  a.client_addr::text, a.state, a.wait_event_type, a.wait_event,
  extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS xact_age_s,
  extract(epoch FROM clock_timestamp() - a.query_start)::float8 AS query_age_s,
  extract(epoch FROM clock_timestamp() - a.state_change)::float8 AS state_age_s,
  CASE WHEN a.wait_event_type = 'Lock' THEN pg_blocking_pids(a.pid) ELSE '{}'::int[] END AS blocked_by,
  ${microseconds("a.backend_start")} AS backend_us, ${microseconds("a.xact_start")} AS xact_us, ${microseconds("a.query_start")} AS query_us,
  left(a.query, 400) AS query
FROM pg_stat_activity a
WHERE a.pid <> pg_backend_pid() AND a.xact_start IS NOT NULL
ORDER BY a.xact_start LIMIT 200`;
}

const xidAgeQuery = `SELECT datname, age(datfrozenxid) AS xid_age, mxid_age(datminmxid) AS mxid_age,
  current_setting('autovacuum_freeze_max_age')::float8 AS freeze_max_age
FROM pg_database ORDER BY 2 DESC LIMIT 50`;
