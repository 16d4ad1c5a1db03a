import { createHash, timingSafeEqual } from "node:crypto";

/** Fewer characters than this can be guessed. */
export const shortestToken = 16;

/** What of a token may be kept. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token, "utf8").digest("hex");
}

/** Whether an `Authorization` header holds the token of that hash (RFC 6750, 2.1), compared in constant time. */
export function holdsToken(authorization: string | null, sha256: string): boolean {
  const token = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) return false;
  const [given, wanted] = [Buffer.from(hashToken(token), "hex"), Buffer.from(sha256, "hex")];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
