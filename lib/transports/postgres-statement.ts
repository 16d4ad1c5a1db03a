import { type Connection, DatabaseError, type QueryConfig } from "pg";
import { formatDuration } from "#lib/core/duration.ts";
import { type Failure, failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { formatBytes } from "#lib/core/unit.ts";
import { type PostgresPlace, postgresFailure } from "#lib/transports/postgres-failure.ts";
import type { LoggedIn } from "#lib/transports/postgres-login.ts";
import { stoppedFailure, type Watch } from "#lib/transports/watch.ts";

/** One statement, with what bounds it. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
  /** Bytes of the answer on the wire. */
  readonly maxBytes: number;
  /** The server's own limit that is in force. */
  readonly statementTimeoutMs: number;
  /** Sent by the simple protocol, without its values. */
  readonly simple?: boolean;
}

/** `broken`: the session is of no further use. */
export interface StatementTrouble {
  readonly failure: Failure;
  readonly broken: boolean;
}

/**
 * Runs one statement. When it takes too long, is stopped or answers too much, the connection is cut: the server notices
 * at its own statement_timeout at the latest.
 */
export function runStatement<Row>(
  login: LoggedIn,
  where: PostgresPlace,
  statement: Statement,
  watch: Watch,
): Promise<Result<Row[], StatementTrouble>> {
  const { place } = where;
  const startedAt = performance.now();
  // What pg reads from: the socket, or TLS over it.
  const { stream } = (login.client as unknown as { readonly connection: Connection }).connection;
  return new Promise((resolve) => {
    let receivedBytes = 0;
    let settled = false;
    const settle = (result: Result<Row[], StatementTrouble>) => {
      if (settled) return;
      settled = true;
      stream.off("data", count);
      watch.whenStopped(null);
      if (!result.ok && result.error.broken) login.stream.destroy();
      resolve(result);
    };
    const cut = (error: Failure) => settle(err({ failure: error, broken: true }));
    const count = (chunk: Buffer) => {
      receivedBytes += chunk.length;
      if (receivedBytes > statement.maxBytes) {
        cut(failure("too-large", `the answer of ${place} is larger than ${formatBytes(statement.maxBytes)}`));
      }
    };
    watch.whenStopped((reason) => cut(stoppedFailure(reason, watch, `no answer from ${place}`)));
    if (settled) return;
    stream.on("data", count);
    login.client.query(statement.simple ? { text: statement.sql } : extended(statement)).then(
      (result) => settle(ok(result.rows as Row[])),
      (error: unknown) => settle(err(trouble(error, where, statement, performance.now() - startedAt))),
    );
  });
}

/** The extended protocol takes one statement only, whatever its text holds. */
function extended(statement: Statement): QueryConfig {
  const config: QueryConfig & { readonly queryMode: "extended" } = {
    text: statement.sql,
    values: [...statement.values],
    queryMode: "extended",
  };
  return config;
}

function trouble(error: unknown, where: PostgresPlace, statement: Statement, elapsedMs: number): StatementTrouble {
  if (!(error instanceof DatabaseError)) return { failure: postgresFailure(error, where), broken: true };
  const broken = error.severity === "FATAL" || error.severity === "PANIC";
  if (error.code !== "57014") return { failure: postgresFailure(error, where), broken };
  // query_canceled has one code for all who cancel; the clock tells whether it was our own limit.
  if (elapsedMs >= statement.statementTimeoutMs * 0.95) {
    const what = `the statement at ${where.place} did not end within ${formatDuration(statement.statementTimeoutMs)}`;
    return { failure: failure("timeout", what, { afterMs: Math.round(elapsedMs), connected: true }), broken };
  }
  return { failure: failure("command-failed", `somebody cancelled the statement at ${where.place}`), broken };
}
