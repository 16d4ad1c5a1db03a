import type { Actor } from "#lib/access/actor.ts";
import { hashToken, sameHash } from "#lib/access/bearer-token.ts";
import { readTokenHash } from "#lib/store/access-tokens.ts";
import type { Store } from "#lib/store/open-store.ts";

/** The machine behind a bearer token; `null` when nobody was given it. */
export async function identifyToken(store: Store, token: string, from: string | null): Promise<Actor | null> {
  const sha256 = hashToken(token);
  const events = await store.read((reading) => readTokenHash(reading, "events"));
  if (events === null || !sameHash(events, sha256)) return null;
  const nobody = { id: null, grants: [], provedAt: null } as const;
  return { ...nobody, kind: "token", name: "events", from, method: "token", holds: ["send-events"] };
}
