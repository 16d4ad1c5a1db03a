import { createHash, randomBytes } from "node:crypto";

/** 256 random bits, safe in an address. */
export function newLinkSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** What is kept of it. It is looked up by this digest of 256 bits of chance, so no comparison can tell it by its time. */
export function hashLinkSecret(secret: string): string {
  return createHash("sha256").update(secret, "utf8").digest("hex");
}
