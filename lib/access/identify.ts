import type { Actor } from "#lib/access/actor.ts";
import { sessionTokenOf } from "#lib/access/identity/cookie.ts";
import { readAccessSettings } from "#lib/access/identity/settings.ts";
import { peerOf } from "#lib/access/peer.ts";
import type { Store } from "#lib/store/open-store.ts";
import { findOpenSession, touchSession } from "#lib/store/sessions.ts";

/** Looking at the clock once a minute is enough to tell an idle session from a busy one. */
const touchEveryMs = 60_000;

export interface Identifying {
  /** Whether being asked counts as use; a page that only listens does not keep its session open. */
  readonly touch?: boolean;
}

/**
 * Which person asks, by the session cookie; `null`: nobody who is signed in. Being asked keeps the session open. Throws
 * the store's trouble.
 */
export async function identify(
  store: Store,
  headers: Headers,
  now: number,
  { touch = true }: Identifying = {},
): Promise<Actor | null> {
  const token = sessionTokenOf(headers);
  if (token === null) return null;
  const { session, settings } = await store.read(async (reading) => ({
    session: await findOpenSession(reading, token, now),
    settings: await readAccessSettings(reading),
  }));
  if (session === null) return null;
  if (touch && now - session.seenAt >= touchEveryMs) {
    await store.write((writing) => touchSession(writing, session, settings.idleMs, now));
  }
  const strong = session.twoFactor || session.method === "passkey" || session.method === "oidc";
  return {
    kind: "person",
    id: session.userId,
    name: session.email,
    from: peerOf(headers),
    method: session.method,
    provedAt: session.provedAt,
    // A role that asks for more than a password is worth nothing to whoever has only that.
    grants: session.grants.filter(({ role }) => strong || !settings.twoFactor.includes(role)),
    holds: [],
  };
}
