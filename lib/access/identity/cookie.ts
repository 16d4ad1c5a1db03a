/** Begins the names of all cookies of identity: the strict one where TLS is spoken (RFC 6265bis, 4.1.3.2). */
export const cookiePrefixes = { secure: "__Host-pitwall", plain: "pitwall" } as const;

/** better-auth's word for the cookie of the session. */
export const sessionCookie = "session_token";

const names = Object.values(cookiePrefixes).map((prefix) => `${prefix}.${sessionCookie}`);
const value = /^([A-Za-z0-9]{32})\.[A-Za-z0-9+/=_-]{20,100}$/;

/**
 * The session's token in a request's cookies, without the signature behind it: the token itself cannot be guessed, and
 * it is looked up by its hash. Where the strict cookie is there, the other one counts for nothing.
 */
export function sessionTokenOf(headers: Headers): string | null {
  const cookies = (headers.get("cookie") ?? "").split(";").map((pair) => pair.trim());
  for (const name of names) {
    const found = cookies.find((pair) => pair.startsWith(`${name}=`));
    if (found !== undefined) return value.exec(decoded(found.slice(name.length + 1)))?.[1] ?? null;
  }
  return null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
