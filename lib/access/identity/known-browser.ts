import { createHmac, timingSafeEqual } from "node:crypto";
import { cookiePrefixes } from "#lib/access/identity/cookie.ts";

const lifeSeconds = 180 * 86_400;
const names = Object.values(cookiePrefixes).map((prefix) => `${prefix}.known`);

/** The cookie that a browser keeps after it signed in, so that the guesses of others cannot lock it out (OWASP: device cookies). */
export function knownBrowser(secret: string, email: string, secure: boolean): string {
  const name = `${secure ? cookiePrefixes.secure : cookiePrefixes.plain}.known`;
  const rest = `Path=/api/auth; HttpOnly; SameSite=Lax; Max-Age=${lifeSeconds}`;
  // A strict name needs the whole site as its path.
  return `${name}=${markOf(secret, email)}; ${secure ? `${rest.replace("/api/auth", "/")}; Secure` : rest}`;
}

/** What such a cookie says, unjudged. */
export function knownBrowserOf(headers: Headers): string | null {
  const cookies = (headers.get("cookie") ?? "").split(";").map((pair) => pair.trim());
  for (const name of names) {
    const found = cookies.find((pair) => pair.startsWith(`${name}=`));
    if (found !== undefined) return found.slice(name.length + 1);
  }
  return null;
}

/** Whether it is from a browser that signed in to this account before. */
export function isKnownBrowser(secret: string, email: string, told: string | null): boolean {
  const [wanted, given] = [Buffer.from(markOf(secret, email)), Buffer.from(told ?? "")];
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

function markOf(secret: string, email: string): string {
  return createHmac("sha256", secret).update(`known browser ${email}`).digest("base64url");
}
