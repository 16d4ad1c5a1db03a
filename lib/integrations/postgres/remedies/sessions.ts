import { formatDuration } from "#lib/core/duration.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { CheckResult } from "#lib/integrations/integration.ts";
import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresDetail, SessionView } from "#lib/integrations/postgres/detail.ts";
import { backendType, microseconds } from "#lib/integrations/postgres/queries.ts";
import { ask, block, type Context, pass, unknown, warn } from "#lib/integrations/postgres/remedies/ask.ts";
import { flag, integers, number, type Row, text } from "#lib/integrations/postgres/row.ts";
import { actingUser } from "#lib/integrations/postgres/target.ts";

/** One session and what it does, told so that its pid being used again cannot lead to another. */
export interface SessionKey {
  readonly pid: number;
  /** Microseconds since 1970, as text. */
  readonly backendUs: string;
  readonly xactUs: string;
  readonly queryUs: string;
}

/** How a session is ended: its statement, or all of it. */
export type Ending = "cancel" | "terminate";

/** `123.1700000000000000.…` of `SessionView.identity`. */
export function parseIdentity(identity: string): Result<SessionKey> {
  const [pid, backendUs, xactUs, queryUs, ...rest] = identity.split(".");
  const whole = [pid, backendUs, xactUs, queryUs].every((part) => part !== undefined && /^\d{1,20}$/.test(part));
  if (!whole || rest.length > 0 || !backendUs || !xactUs || !queryUs) {
    return err(failure("no-such-object", `there is no session ${identity.slice(0, 80) || "(none named)"}`));
  }
  return ok({ pid: Number(pid), backendUs, xactUs, queryUs });
}

/** Sessions that a remedy may be offered for: those that block first, then the oldest. */
export function endableSessions(detail: PostgresDetail | null) {
  return (detail?.nodes ?? []).flatMap((node) => {
    const { chains = [], oldest = [] } = node.sessions ?? {};
    const all = [...chains.map(({ root }) => root), ...oldest, ...chains.flatMap(({ blocked }) => blocked)];
    const seen = new Set<string>();
    return all.flatMap((session) => {
      const identity = session.identity ?? null;
      if (identity === null || seen.has(identity)) return [];
      seen.add(identity);
      const blocks = chains.find(({ root }) => root.pid === session.pid)?.blockedCount ?? 0;
      return [{ node: node.name, session, identity, blocks }];
    });
  });
}

/** Never with the text of its query: an option travels further than the panel. */
export function sessionWords(session: Pick<SessionView, "pid" | "application" | "user" | "database">): string {
  const who = [session.application, session.user === null ? null : `(${session.user})`].filter(Boolean).join(" ");
  return `pid ${session.pid}${who === "" ? "" : ` · ${who}`}${session.database === null ? "" : ` in ${session.database}`}`;
}

/**
 * What no remedy ever ends: Pitwall's own sessions, replication and workers (these are no client backends), and sessions
 * of superusers unless the configuration says so.
 */
export function spared(config: PostgresConfig, versionNum: number): string {
  const own = `a.pid <> pg_backend_pid() AND NOT (a.application_name = 'pitwall' AND a.usename IN ($1, $2))`;
  const superusers = `AND NOT coalesce((SELECT r.rolsuper FROM pg_roles r WHERE r.oid = a.usesysid), true)`;
  const replication = "AND a.pid NOT IN (SELECT pid FROM pg_stat_replication)";
  const may = config.act?.superuserSessions === true ? "" : superusers;
  return `${backendType(versionNum)} = 'client backend' AND ${own} ${replication} ${may}`;
}

/** The values that `spared` asks for. */
export function sparedValues(config: PostgresConfig): readonly [string, string] {
  return [config.user, actingUser(config)];
}

/** What is kept of a session that is ended, so that the team can ask why afterwards. */
export const recordColumns = `a.pid, a.usename, a.datname, a.application_name, a.client_addr::text, a.state,
  a.wait_event_type, a.wait_event,
  extract(epoch FROM clock_timestamp() - a.query_start)::float8 AS query_age_s,
  extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS xact_age_s,
  CASE WHEN a.wait_event_type = 'Lock' THEN pg_blocking_pids(a.pid) ELSE '{}'::int[] END AS blocked_by,
  left(a.query, 1000) AS query`;

/** The record as lines for the journal: who, how long, what it waited for, what it ran, and who waited for it. */
export function recordLines(row: Row, blockedByIt: readonly Row[]): string[] {
  const age = (value: unknown) => formatDuration((number(value) ?? 0) * 1_000);
  const waits = [text(row.wait_event_type, 40), text(row.wait_event, 40)].filter(Boolean).join("/");
  const blockers = integers(row.blocked_by);
  return [
    `${sessionWords(viewOf(row))} from ${text(row.client_addr, 60) ?? "a local socket"}: ${text(row.state, 40) ?? "state unknown"}, statement ${age(row.query_age_s)} old, transaction ${age(row.xact_age_s)} old${waits === "" ? "" : `, waits for ${waits}`}`,
    `  ran: ${text(row.query, 900) ?? "query not shown"}`,
    ...(blockers.length === 0 ? [] : [`  waited for pid ${blockers.join(", pid ")}`]),
    ...blockedByIt.map(
      (each) => `  blocked ${sessionWords(viewOf(each))}: ${text(each.query, 200) ?? "query not shown"}`,
    ),
  ];
}

function viewOf(row: Row) {
  return {
    pid: number(row.pid) ?? 0,
    application: text(row.application_name, 120) || null,
    user: text(row.usename, 120),
    database: text(row.datname, 120),
  };
}

/** Sessions that wait for one of these, directly; at most 50. */
export async function askBlocked(context: Context, node: PostgresNodeConfig, pids: readonly number[]): Promise<Row[]> {
  const waiting = `SELECT a.pid, a.usename, a.datname, a.application_name, pg_blocking_pids(a.pid) AS blocked_by, left(a.query, 200) AS query
FROM pg_stat_activity a WHERE a.wait_event_type = 'Lock'`;
  const answer = await ask(context, node, `SELECT * FROM (${waiting}) w WHERE w.blocked_by && $1::int[] LIMIT 50`, [
    pids,
  ]);
  return answer.ok ? answer.value : [];
}

/** Whether the acting role may end sessions at all. Source: PostgreSQL documentation, Server Signaling Functions. */
export async function checkSignalRight(context: Context, node: PostgresNodeConfig): Promise<CheckResult> {
  const user = actingUser(context.config);
  const sql = `SELECT rolsuper OR pg_has_role('pg_signal_backend', 'usage') AS may FROM pg_roles WHERE rolname = current_user`;
  const answer = await ask(context, node, sql);
  if (!answer.ok) return unknown(answer.error.what);
  return flag(answer.value[0]?.may) === true
    ? pass(`${user} has pg_signal_backend`)
    : block(`${user} may not end sessions of others: run GRANT pg_signal_backend TO ${user}`);
}

const backupPrograms = ["pg_dump", "pg_dumpall", "pg_restore", "pg_basebackup", "barman", "pgbackrest", "wal-g"];

/** A backup that is ended has to begin again. */
export function backupCheck(applications: readonly (string | null)[]): CheckResult {
  const names = applications.filter((name) =>
    backupPrograms.some((program) => name?.toLowerCase().startsWith(program)),
  );
  return names.length === 0
    ? pass("no backup among them")
    : warn(`${[...new Set(names)].join(", ")}: a backup would be lost`);
}

/** The condition that the session is still the one that was seen. Values from $3 on. */
export function sameSession(ending: Ending): string {
  const statement = `AND ${microseconds("a.query_start")} = $6`;
  const same = `a.pid = $3 AND ${microseconds("a.backend_start")} = $4 AND ${microseconds("a.xact_start")} = $5`;
  return ending === "cancel" ? `${same} ${statement} AND a.state = 'active'` : `${same} AND $6::text IS NOT NULL`;
}

/** Far longer than a session that can be ended takes. */
const obeyedWithinMs = 3_000;
const lookAgainMs = 200;

/**
 * What is left some time after a signal that may have been sent: a session obeys when it next looks for one, so that
 * "still there" of just after the signal is no answer. Source: PostgreSQL documentation, Server Signaling Functions.
 */
export async function leftAfterSignal<T>(
  context: Context,
  look: () => Promise<Result<T>>,
  isNone: (left: T) => boolean,
): Promise<Result<T>> {
  for (let waitedMs = 0; ; waitedMs += lookAgainMs) {
    const left = await look();
    if (!left.ok || isNone(left.value) || waitedMs >= obeyedWithinMs) return left;
    await context.sleep(lookAgainMs);
  }
}

/** Name of PostgreSQL's function for it. */
export function signalFunction(ending: Ending): string {
  return ending === "cancel" ? "pg_cancel_backend" : "pg_terminate_backend";
}

/** What a person sees red that ending a session can turn green. */
export const sessionSymptoms = [
  "longest-query",
  "longest-transaction",
  "idle-in-transaction",
  "blocked-sessions",
  "connections",
];
