import type { AccessSettings } from "#lib/access/identity/settings.ts";

/**
 * Scheme, host and port that a browser knows Pitwall by: what pitwall.yaml says, else what the request was sent to. The
 * front tells of TLS; names that are not ours were refused before.
 */
export function originOf(headers: Headers, settings: Pick<AccessSettings, "url">): string {
  if (settings.url !== null) return new URL(settings.url).origin;
  const scheme = headers.get("x-pitwall-proto") === "https" ? "https" : "http";
  const told = `${scheme}://${headers.get("host") ?? "localhost"}`;
  return URL.canParse(told) ? new URL(told).origin : `${scheme}://localhost`;
}
