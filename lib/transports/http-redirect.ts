import { failure } from "#lib/core/failure.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { err, ok, type Result } from "#lib/core/result.ts";

/** What a request asks of one server, before a redirect leads elsewhere. */
export interface HopRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);
/** Never sent to another origin than the one they were meant for. */
const credentials = new Set(["authorization", "cookie", "proxy-authorization"]);

export function isRedirect(status: number, location: string | undefined): location is string {
  return location !== undefined && redirectStatuses.has(status);
}

/**
 * The request a redirect asks for, by RFC 9110 15.4: 303 becomes GET, 301 and 302 turn POST into GET, 307 and 308 repeat
 * the request. Credentials stay behind when it leaves the origin. Failure `malformed` for a place that is no HTTP address.
 */
export function redirected(hop: HopRequest, status: number, location: string): Result<HopRequest> {
  const url = URL.canParse(location, hop.url) ? new URL(location, hop.url) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    return err(
      failure("malformed", `${hop.url.host} redirects to what is no web address: ${foreignLine(location, 120)}`),
    );
  }
  url.hash = "";
  const toGet = status === 303 ? hop.method !== "HEAD" : status < 303 && hop.method === "POST";
  const sameOrigin = url.origin === hop.url.origin;
  const headers = Object.entries(hop.headers).filter(([name]) => {
    const key = name.toLowerCase();
    return (
      (sameOrigin || (!credentials.has(key) && key !== "host")) &&
      !(toGet && (key === "content-type" || key === "content-length"))
    );
  });
  return ok({
    url,
    method: toGet ? "GET" : hop.method,
    headers: Object.fromEntries(headers),
    body: toGet ? undefined : hop.body,
  });
}
