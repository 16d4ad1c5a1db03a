import { DatabaseError } from "pg";
import { type Failure, type FailureKind, failure } from "#lib/core/failure.ts";
import { said } from "#lib/transports/said.ts";
import { errorCode, socketFailure } from "#lib/transports/socket-failure.ts";

/** SQLSTATEs that have a meaning of their own here (PostgreSQL manual, appendix A). */
const kinds: Readonly<Record<string, readonly [FailureKind, string]>> = {
  "28P01": ["unauthorized", "refused the password"],
  "28000": ["unauthorized", "refused the login"],
  "3D000": ["no-such-object", "has no such database"],
  "3F000": ["no-such-object", "has no such schema"],
  "42P01": ["no-such-object", "has no such table"],
  "42703": ["no-such-object", "has no such column"],
  "42704": ["no-such-object", "has no such object"],
  "42883": ["no-such-object", "has no such function"],
  "42501": ["missing-grant", "lacks a grant for this"],
  "53300": ["too-many-connections", "has no connection slot free"],
  "57P03": ["starting-up", "takes no connections yet"],
  "57P02": ["starting-up", "is restarting after a crash"],
  "57P01": ["reset", "ended the session"],
  "0A000": ["unsupported-version", "does not support this"],
};

/** Which server a failure is about. */
export interface PostgresPlace {
  /** `10.0.0.5:5432/app`. */
  readonly place: string;
  readonly user: string;
}

/** The failure behind an error of a login or a query, by SQLSTATE, by errno, and by the TLS library's codes. */
export function postgresFailure(error: unknown, { place, user }: PostgresPlace): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DatabaseError && error.code !== undefined) {
    const known = kinds[error.code];
    const words = said(error.detail === undefined ? message : `${message} (${error.detail})`);
    if (!known) return failure("command-failed", `${place} refused the statement (SQLSTATE ${error.code})`, words);
    const [kind, what] = known;
    const about = kind === "unauthorized" || kind === "missing-grant" ? `${what} of role ${user}` : what;
    return failure(
      kind,
      kind === "missing-grant" ? `role ${user} lacks a grant at ${place}` : `${place} ${about}`,
      words,
    );
  }
  const code = errorCode(error);
  if (code === "ECONNRESET" || code === "EPIPE") return connectionBroke(place);
  if (code !== undefined && /^(ERR_SSL|ERR_TLS|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code)) {
    return failure("tls", `the TLS handshake with ${place} failed (${code})`, said(message));
  }
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return socketFailure(error, place);
  return connectionBroke(place);
}

export function connectionBroke(place: string): Failure {
  return failure("reset", `${place} closed the connection`);
}
