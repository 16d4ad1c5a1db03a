import type { IncomingHttpHeaders } from "node:http";
import type { TrueOrigin } from "#lib/server/true-origin.ts";

/**
 * Headers that only the front may write: its own, those that Next takes for its own router's word, and those that say where
 * a request came from. A client's copies go.
 */
const notForClients =
  /^(x-pitwall-|x-forwarded-|forwarded$|x-real-ip$|x-client-ip$|x-original-|x-rewrite-|x-matched-path$|x-middleware-|x-nextjs-|x-next-|x-invoke-|x-now-|x-vercel-|x-prerender-|next-resume$|next-action$|content-security-policy|x-nonce$)/;

/** Rewrites a request's headers for what lies behind the front. `policy` is the page's, from which Next takes its nonce. */
export function turnInward(
  headers: IncomingHttpHeaders,
  { from, proto, host }: TrueOrigin,
  policy: string | null,
): void {
  for (const name of Object.keys(headers)) if (notForClients.test(name)) delete headers[name];
  const told: Record<string, string> = {
    host,
    "x-pitwall-from": from,
    "x-pitwall-proto": proto,
    "x-pitwall-host": host,
    // Next fills these in from the socket, which behind a proxy is the proxy's.
    "x-forwarded-for": from,
    "x-forwarded-proto": proto,
    "x-forwarded-host": host,
  };
  Object.assign(headers, told, policy === null ? {} : { "content-security-policy": policy });
}
