import { PostgresSession } from "#lib/transports/postgres-session.ts";
import type { Reach } from "#lib/transports/reach.ts";
import type { OpenRemoteStream } from "#lib/transports/tcp.ts";
import type { PostgresTarget, PostgresTransport } from "#lib/transports/types.ts";

export interface Postgres extends PostgresTransport {
  /** Ends the sessions that lead over ssh hosts, for these may be others now. */
  forgetRemote(): void;
  /** Ends every session: what may be asked has changed. */
  forgetAll(): void;
  close(): void;
}

/** Queries over one warm session per target, `application_name` pitwall, read-only unless the target asks otherwise. */
export function createPostgres(openRemote: OpenRemoteStream, reach: Reach): Postgres {
  const ways = { reach, openRemote };
  const sessions = new Map<string, { readonly session: PostgresSession; readonly remote: boolean }>();
  const end = (which: (remote: boolean) => boolean) => {
    for (const [key, { session, remote }] of sessions) {
      if (!which(remote)) continue;
      sessions.delete(key);
      session.end();
    }
  };
  return {
    query(target, sql, values, bounds) {
      const key = keyOf(target);
      const known = sessions.get(key) ?? { session: new PostgresSession(ways), remote: target.via !== undefined };
      sessions.set(key, known);
      return known.session.query({ target, sql, values, maxBytes: bounds.maxBytes }, bounds);
    },
    forgetRemote: () => end((remote) => remote),
    forgetAll: () => end(() => true),
    close: () => end(() => true),
  };
}

/** All but the password: it is used at the next login, and its place is no map's key. */
function keyOf({ host, port, database, user, tls, via, access, through }: PostgresTarget): string {
  return JSON.stringify([host, port, database, user, tls, via, access, through]);
}
