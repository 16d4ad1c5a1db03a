import { createHash, timingSafeEqual } from "node:crypto";

/** Fewer characters than this can be guessed. */
export const shortestToken = 16;

/** What of a token may be kept. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token, "utf8").digest("hex");
}

/**
 * The token of an `Authorization` header (RFC 6750, 2.1): empty when it holds none that could be one, which no token equals;
 * `null` without such a header.
 */
export function bearerOf(authorization: string | null): string | null {
  if (authorization === null) return null;
  return /^Bearer +([\x21-\x7e]{1,512})$/i.exec(authorization)?.[1] ?? "";
}

/** Compares two hashes (hex) in constant time. */
export function sameHash(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one, "hex"), Buffer.from(other, "hex")];
  return a.length === b.length && a.length > 0 && timingSafeEqual(a, b);
}
