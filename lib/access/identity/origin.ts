/**
 * Scheme, host and port that a browser knows Pitwall by: what the request was sent to. The front tells of TLS; names that
 * are not ours were refused before.
 */
export function originOf(headers: Headers): string {
  const scheme = headers.get("x-pitwall-proto") === "https" ? "https" : "http";
  const told = `${scheme}://${headers.get("host") ?? "localhost"}`;
  return URL.canParse(told) ? new URL(told).origin : `${scheme}://localhost`;
}
