/** What one client, and all of them together, may take. A tired team on phones stays far below each of these. */
export const bounds = {
  /** Request line and headers. */
  headerBytes: 16_384,
  headers: 100,
  targetBytes: 8_192,
  /** No address of Pitwall takes more; each of the API's own parsers is narrower still. */
  bodyBytes: 65_536,
  /** From the first byte of a request to the end of its headers, and to the end of its body. */
  headersMs: 10_000,
  requestMs: 30_000,
  /** Longer than the idle time of the usual proxies, so that it is they who close first. */
  keepAliveMs: 65_000,
  handshakeMs: 10_000,
  /** How long a reader may take nothing of what lies ready for it. */
  stalledMs: 60_000,
  /** What may lie ready for one reader before it is cut off. */
  unreadBytes: 16_777_216,
  connections: 2_000,
  connectionsOfOneAddress: 200,
  streams: 1_000,
  streamsOfOneAddress: 60,
  /** From the signal to the end; the parent kills after ten seconds. */
  drainMs: 8_000,
} as const;

export type Bounds = { readonly [name in keyof typeof bounds]: number };
