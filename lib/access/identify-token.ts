import type { Actor } from "#lib/access/actor.ts";
import { holderOf, isApiToken } from "#lib/access/api-token.ts";
import { hashToken, sameHash } from "#lib/access/bearer-token.ts";
import { readTokenHash } from "#lib/store/access-tokens.ts";
import { findApiTokenByHash, touchApiToken } from "#lib/store/api-tokens.ts";
import type { Store } from "#lib/store/open-store.ts";
import type { TokenDto } from "#lib/wire/token.ts";

/** When a token was last used is noted no more often than this. */
const touchEveryMs = 60_000;

/** Who holds this bearer token; `null` when nobody was given it, or it has expired or was revoked. */
export async function identifyToken(
  store: Store,
  token: string,
  from: string | null,
  now: number,
): Promise<Actor | null> {
  const sha256 = hashToken(token);
  if (!isApiToken(token)) return await configuredMachine(store, sha256, from);
  const known = await store.read((reading) => findApiTokenByHash(reading, sha256));
  if (known === null || !isOpen(known, now)) return null;
  if (now - (known.lastUsedAt ?? 0) >= touchEveryMs) {
    await store.write((writing) => touchApiToken(writing, known.id, from, now));
  }
  return { ...bearer(known.name, from), id: known.id, ...holderOf(known.scope) };
}

function isOpen({ revokedAt, expiresAt }: TokenDto, now: number): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt > now);
}

/** The token that pitwall.yaml names under `events`, of which the poller keeps the hash. */
async function configuredMachine(store: Store, sha256: string, from: string | null): Promise<Actor | null> {
  const events = await store.read((reading) => readTokenHash(reading, "events"));
  if (events === null || !sameHash(events, sha256)) return null;
  return { ...bearer("events", from), grants: [], holds: ["send-events"] };
}

function bearer(name: string, from: string | null) {
  return { kind: "token", id: null, name, from, method: "token", provedAt: null } as const;
}
