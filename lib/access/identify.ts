import type { Actor, SignInMethod } from "#lib/access/actor.ts";
import { sessionTokenOf } from "#lib/access/identity/cookie.ts";
import { readAccessSettings } from "#lib/access/identity/settings.ts";
import { peerOf } from "#lib/access/peer.ts";
import { proxyWordOf } from "#lib/access/vouched/proxy-word.ts";
import type { AccessSettings } from "#lib/core/access-settings.ts";
import type { Store } from "#lib/store/open-store.ts";
import { findOpenSession, type OpenSession, type OwnedGrant, touchSession } from "#lib/store/sessions.ts";

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
  if (session === null || !isStillVouchedFor(session, settings, headers)) return null;
  if (touch && now - session.seenAt >= touchEveryMs) {
    await store.write((writing) => touchSession(writing, session, settings.idleMs, now));
  }
  // The second factor of an account is asked for with its password alone; of others their own word counts.
  const strong = session.method === "passkey" || session.strong || (session.twoFactor && !byOthers.has(session.method));
  const counts = ({ role, origin }: OwnedGrant) =>
    (strong || !settings.twoFactor.includes(role)) &&
    (origin !== "oidc" || settings.oidc !== null) &&
    (origin !== "proxy" || settings.proxyHeader !== null);
  return {
    kind: "person",
    id: session.userId,
    name: session.email,
    from: peerOf(headers),
    method: session.method,
    provedAt: session.provedAt,
    // A role that asks for more than a password is worth nothing to whoever has only that.
    grants: session.grants.filter(counts).map(({ role, group }) => ({ role, group })),
    holds: [],
  };
}

const byOthers: ReadonlySet<SignInMethod> = new Set(["oidc", "proxy"]);

/** A session by another's word ends with that way in, and one by the proxy's as soon as the proxy says anything else. */
function isStillVouchedFor({ method, voucher }: OpenSession, settings: AccessSettings, headers: Headers): boolean {
  if (method === "oidc") return settings.oidc !== null;
  if (method !== "proxy") return true;
  const told = settings.proxyHeader === null ? null : proxyWordOf(headers);
  return told !== null && told.voucher === voucher;
}
