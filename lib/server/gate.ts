import type { IncomingMessage } from "node:http";
import { untrustedName } from "#lib/access/same-origin.ts";
import type { FrontConfig } from "#lib/config/model.ts";
import type { Place } from "#lib/server/answer-headers.ts";
import type { Bounds } from "#lib/server/bounds.ts";
import type { RefusalCode } from "#lib/server/refusal.ts";
import type { TrueOrigin } from "#lib/server/true-origin.ts";

export type Asked = Pick<IncomingMessage, "method" | "url" | "headers" | "rawHeaders">;

/** Why a request goes no further, in the order in which it is cheapest to say. */
export function refusalOf(
  request: Asked,
  pathname: string,
  place: Place,
  origin: TrueOrigin,
  config: FrontConfig,
  bounds: Bounds,
): RefusalCode | null {
  const { method = "", url = "", rawHeaders } = request;
  if (rawHeaders.length / 2 > bounds.headers) return "headers-too-large";
  if (url.length > bounds.targetBytes) return "target-too-long";
  if (!isPlainPath(pathname) || countOf("host", rawHeaders) !== 1) return "malformed";
  if (untrustedName(origin.host, config.urls) !== null) return "untrusted-host";
  // Of Next's own addresses only its files are of use; its image server, for one, would fetch what it is told.
  if (pathname.startsWith("/_next/") && place !== "static") return "not-found";
  if (method !== "GET" && method !== "HEAD" && place !== "api") return "method-not-allowed";
  if (method === "TRACE") return "method-not-allowed";
  return Number(request.headers["content-length"] ?? 0) > bounds.bodyBytes ? "too-large" : null;
}

/** An address of this server in the one shape that everything behind reads alike. */
function isPlainPath(pathname: string): boolean {
  if (!/^\/[\x21-\x5b\x5d-\x7e]*$/.test(pathname) || pathname.startsWith("//") || /%(?:00|5c)/i.test(pathname))
    return false;
  try {
    decodeURIComponent(pathname);
    return true;
  } catch {
    return false;
  }
}

/** Whether it asks for the stream that stays open. */
export function isStream({ method }: Pick<Asked, "method">, pathname: string): boolean {
  return method === "GET" && pathname === "/api/v1/events";
}

/** Whether it may be a guess of a password, a code or a one-time link. */
export function isTryToSignIn({ method }: Pick<Asked, "method">, pathname: string): boolean {
  return method === "POST" && pathname.startsWith("/api/auth/");
}

function countOf(name: string, rawHeaders: readonly string[]): number {
  return rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === name).length;
}
