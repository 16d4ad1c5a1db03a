import type { Actor } from "#lib/access/actor.ts";
import { peerOf } from "#lib/access/peer.ts";

/**
 * Who sent this request. Until there are accounts, Pitwall answers on this machine only, and whoever can reach it is the
 * person at it. The address is what the web server told of the connection; behind a proxy it is the proxy's word.
 */
export function requestActor(headers: Headers): Actor {
  const grants = [{ role: "admin", group: null }] as const;
  return {
    kind: "person",
    id: null,
    name: "local",
    from: peerOf(headers),
    method: "none",
    provedAt: null,
    grants,
    holds: [],
  };
}
