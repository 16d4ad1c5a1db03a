import type { Actor } from "#lib/access/actor.ts";
import { sessionTokenOf } from "#lib/access/identity/cookie.ts";
import { peerOf } from "#lib/access/peer.ts";
import type { Store } from "#lib/store/open-store.ts";
import { findOpenSession, touchSession } from "#lib/store/sessions.ts";

/** Looking at the clock once a minute is enough to tell an idle session from a busy one. */
const touchEveryMs = 60_000;
const idleMs = 12 * 3_600_000;

/**
 * Which person asks, by the session cookie; `null`: nobody who is signed in. Being asked keeps the session open. Throws
 * the store's trouble.
 */
export async function identify(store: Store, headers: Headers, now: number): Promise<Actor | null> {
  const token = sessionTokenOf(headers);
  if (token === null) return null;
  const session = await store.read((reading) => findOpenSession(reading, token, now));
  if (session === null) return null;
  if (now - session.seenAt >= touchEveryMs) await store.write((writing) => touchSession(writing, session, idleMs, now));
  return {
    kind: "person",
    id: session.userId,
    name: session.email,
    from: peerOf(headers),
    method: session.method,
    provedAt: session.provedAt,
    grants: session.grants,
    holds: [],
  };
}
