import type { Failure } from "#lib/core/failure.ts";
import { ok, type Result } from "#lib/core/result.ts";
import type { PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import { namesFor } from "#lib/integrations/postgres/queries.ts";
import { type Asking, ask, versionOf } from "#lib/integrations/postgres/remedies/ask.ts";
import { flag, number, type Row, text } from "#lib/integrations/postgres/row.ts";

/** What one server says of itself right now, as far as moving the primary needs it. */
export interface Facts {
  readonly versionNum: number;
  readonly inRecovery: boolean;
  readonly systemId: string | null;
  /** Of the log it writes, or receives. */
  readonly timeline: number;
  /** Written; on a standby `null`. */
  readonly currentLsn: string | null;
  readonly receiveLsn: string | null;
  readonly replayLsn: string | null;
  readonly replayPaused: boolean;
  readonly applyDelayMs: number;
  readonly syncNames: string;
  readonly receiver: Receiver | null;
  /** Settings that a standby must have at least as high as its primary. */
  readonly capacity: Readonly<Record<string, number>>;
  readonly canRewind: boolean;
  readonly fullPageWrites: boolean;
  readonly mayPromote: boolean;
  readonly mayReplicate: boolean;
  readonly mayCheckpoint: boolean;
}

export interface Receiver {
  readonly status: string;
  readonly senderHost: string | null;
  readonly senderPort: number | null;
  readonly slot: string | null;
  readonly silentS: number | null;
}

export interface Looked {
  readonly node: PostgresNodeConfig;
  readonly seen: Result<Facts, Failure>;
}

const capacitySettings = [
  "max_connections",
  "max_worker_processes",
  "max_wal_senders",
  "max_prepared_transactions",
  "max_locks_per_transaction",
] as const;

/** Asks one server. Failures: those of a statement. */
export async function look(context: Asking, node: PostgresNodeConfig): Promise<Result<Facts>> {
  const version = await versionOf(context, node);
  if (!version.ok) return version;
  const answer = await ask(context, node, lookQuery(version.value));
  if (!answer.ok) return answer;
  const row = answer.value[0] ?? {};
  const inRecovery = flag(row.in_recovery) ?? false;
  const status = text(row.receiver_status, 40);
  const timeline = inRecovery ? await standbyTimeline(context, node, row) : ok(number(row.current_tli) ?? 0);
  if (!timeline.ok) return timeline;
  return ok({
    versionNum: version.value,
    inRecovery,
    systemId: text(row.system_id, 30),
    timeline: timeline.value,
    currentLsn: text(row.current_lsn, 20),
    receiveLsn: text(row.receive_lsn, 20),
    replayLsn: text(row.replay_lsn, 20),
    replayPaused: flag(row.paused) ?? false,
    applyDelayMs: number(row.apply_delay_ms) ?? 0,
    syncNames: text(row.sync_names, 300) ?? "",
    receiver:
      status === null
        ? null
        : {
            status,
            senderHost: text(row.sender_host, 253),
            senderPort: number(row.sender_port),
            slot: text(row.receiver_slot, 63) || null,
            silentS: number(row.silent_s),
          },
    capacity: Object.fromEntries(capacitySettings.map((name) => [name, number(row[name]) ?? 0])),
    canRewind: row.wal_log_hints === "on" || row.data_checksums === "on",
    fullPageWrites: row.full_page_writes === "on",
    mayPromote: flag(row.may_promote) ?? false,
    mayReplicate: flag(row.may_replicate) ?? false,
    mayCheckpoint: flag(row.may_checkpoint) ?? false,
  });
}

/**
 * The timeline a standby is on. While it streams its receiver knows. Without a primary the control file tells what was true at
 * the last restartpoint, which may be before a switchover of a moment ago, so the names of the WAL files that it has decide.
 */
async function standbyTimeline(context: Asking, node: PostgresNodeConfig, row: Row): Promise<Result<number>> {
  const received = number(row.received_tli);
  if (received !== null) return ok(received);
  const written = number(row.checkpoint_tli) ?? 0;
  if (flag(row.may_list_wal) !== true) return ok(written);
  const answer = await ask(context, node, newestWalQuery);
  return answer.ok ? ok(Math.max(written, number(answer.value[0]?.tli) ?? 0)) : answer;
}

const newestWalQuery = `SELECT max(('x' || substr(name, 1, 8))::bit(32)::int) AS tli FROM pg_ls_waldir()
WHERE name ~ '^[0-9A-F]{24}$'`;

/** Asks all of them at the same time. */
export async function lookAll(context: Asking): Promise<Looked[]> {
  return await Promise.all(context.config.nodes.map(async (node) => ({ node, seen: await look(context, node) })));
}

function lookQuery(versionNum: number): string {
  const names = namesFor(versionNum);
  const word = versionNum >= 100_000 ? "wal" : "xlog";
  const sender =
    versionNum >= 110_000 ? "sender_host, sender_port" : "NULL::text AS sender_host, NULL::int AS sender_port";
  const promote = versionNum >= 120_000 ? "has_function_privilege('pg_promote(boolean, integer)', 'execute')" : "false";
  const list = versionNum >= 100_000 ? "has_function_privilege('pg_ls_waldir()', 'execute')" : "false";
  // A setting since 12, a line of recovery.conf before, which nobody can ask for.
  const delay = "(SELECT setting::float8 FROM pg_settings WHERE name = 'recovery_min_apply_delay')";
  const checkpoint = versionNum >= 150_000 ? "me.rolsuper OR pg_has_role('pg_checkpoint', 'usage')" : "me.rolsuper";
  return `SELECT s.in_recovery, (SELECT system_identifier::text FROM pg_control_system()) AS system_id,
  (SELECT timeline_id FROM pg_control_checkpoint()) AS checkpoint_tli,
  CASE WHEN NOT s.in_recovery THEN ('x' || substr(${names.fileName}(${names.current}), 1, 8))::bit(32)::int END AS current_tli,
  CASE WHEN NOT s.in_recovery THEN ${names.current}::text END AS current_lsn,
  ${names.receive}::text AS receive_lsn, ${names.replay}::text AS replay_lsn,
  CASE WHEN s.in_recovery THEN pg_is_${word}_replay_paused() END AS paused, ${delay} AS apply_delay_ms,
  current_setting('synchronous_standby_names') AS sync_names,
  r.status AS receiver_status, r.received_tli, r.sender_host, r.sender_port, r.slot_name AS receiver_slot, r.silent_s,
  ${capacitySettings.map((name) => `current_setting('${name}')::int AS ${name}`).join(", ")},
  current_setting('wal_log_hints') AS wal_log_hints, current_setting('data_checksums') AS data_checksums,
  current_setting('full_page_writes') AS full_page_writes,
  ${list} AS may_list_wal, ${promote} AS may_promote, me.rolsuper OR me.rolreplication AS may_replicate, ${checkpoint} AS may_checkpoint
FROM (SELECT pg_is_in_recovery() AS in_recovery) s
CROSS JOIN (SELECT rolsuper, rolreplication FROM pg_roles WHERE rolname = current_user) me
LEFT JOIN (SELECT status, received_tli, slot_name, ${sender},
  extract(epoch FROM clock_timestamp() - last_msg_receipt_time)::float8 AS silent_s FROM pg_stat_wal_receiver) r ON true`;
}
