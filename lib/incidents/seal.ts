import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { canonicalJson } from "#lib/incidents/canonical-json.ts";
import { type FrozenBoard, frozenBoardDto } from "#lib/wire/snapshot.ts";

export interface Sealed {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Of the canonical JSON, hex. */
  readonly sha256: string;
  /** Length of the canonical JSON. */
  readonly bytes: number;
}

/** Largest frozen board that is kept or opened, as JSON. */
export const maxFrozenBytes = 64 * 1024 * 1024;

export function seal(frozen: FrozenBoard): Sealed {
  const text = Buffer.from(canonicalJson(frozen));
  return { body: new Uint8Array(zstdCompressSync(text)), sha256: digest(text), bytes: text.length };
}

/** `null` when the body does not match its seal or is no frozen board that this version can read. */
export function unseal(body: Uint8Array, sha256: string): FrozenBoard | null {
  const text = unpacked(body);
  if (text === null || !sameHash(digest(text), sha256)) return null;
  const parsed = frozenBoardDto.safeParse(JSON.parse(text.toString("utf8")));
  return parsed.success ? parsed.data : null;
}

/** 256 random bits, safe in a URL. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** What is stored of a secret. It has 256 bits of its own, so a plain digest cannot be guessed back. */
export function hashSecret(secret: string): string {
  return digest(Buffer.from(secret));
}

/** Compares two hex digests in constant time. */
export function sameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function unpacked(body: Uint8Array): Buffer | null {
  try {
    return zstdDecompressSync(body, { maxOutputLength: maxFrozenBytes });
  } catch {
    return null;
  }
}

function digest(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
