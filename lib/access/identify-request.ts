import type { Actor } from "#lib/access/actor.ts";
import { bearerOf } from "#lib/access/bearer-token.ts";
import { type Identifying, identify } from "#lib/access/identify.ts";
import { identifyToken } from "#lib/access/identify-token.ts";
import { peerOf } from "#lib/access/peer.ts";
import type { Store } from "#lib/store/open-store.ts";

/**
 * Who asks: the holder of the bearer token the request carries, else the person whose session it belongs to. A request that
 * carries a token is that token's alone: it never falls back to a session. `null`: nobody that Pitwall knows.
 */
export async function identifyRequest(
  store: Store,
  headers: Headers,
  now: number,
  identifying: Identifying = {},
): Promise<Actor | null> {
  const token = bearerOf(headers.get("authorization"));
  if (token === null) return await identify(store, headers, now, identifying);
  return await identifyToken(store, token, peerOf(headers), now);
}
