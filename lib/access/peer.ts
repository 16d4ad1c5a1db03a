import { isIP } from "node:net";

/**
 * Address of the client, as the front found it: the peer's, or what a trusted proxy says of its own peer; `null` when it
 * told none. The front writes this header itself and drops any that a client sends, so nobody can choose it.
 */
export function peerOf(headers: Headers): string | null {
  const told = headers.get("x-pitwall-from") ?? "";
  return isIP(told) === 0 ? null : told;
}
