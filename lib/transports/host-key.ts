import { createHash, timingSafeEqual } from "node:crypto";
import { type Failure, failure } from "#lib/core/failure.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";

/** Decides on the key a server shows, before anything about the user is sent to it. */
export interface HostKeyCheck {
  /** Host key algorithms to ask for: those of the pinned keys alone, so that the server shows one that can be compared. */
  readonly algorithms: readonly string[];
  /** `true` for a pinned key, and nothing else. */
  verify(key: Buffer): boolean;
  /** Why the server is not the pinned one; `null` until a key was refused. */
  refusal(): Failure | null;
  /** For a server that has no key of any pinned type at all. */
  noneOfPinnedTypes(): Failure;
}

const modern = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"] as const;
/** RSA keys sign with SHA-2 only; `ssh-rsa` as an algorithm means SHA-1. */
const rsa = ["rsa-sha2-512", "rsa-sha2-256"] as const;

/**
 * `pinned`: lines as in known_hosts without the name, `ssh-ed25519 AAAA…`. Without any, every key is refused and the
 * failure tells its fingerprint, so that a person can compare it by another way and pin it.
 */
export function createHostKeyCheck(pinned: readonly string[], place: string): HostKeyCheck {
  const keys = pinned
    .map((line) => Buffer.from(line.trim().split(/\s+/)[1] ?? "", "base64"))
    .filter((key) => key.length > 0);
  const types = new Set(keys.map(typeOf));
  const wanted = [...modern.filter((name) => types.has(name)), ...(types.has("ssh-rsa") ? rsa : [])];
  const known = keys.map(fingerprint).join(", ");
  let refused: Failure | null = null;
  return {
    algorithms: wanted.length > 0 ? wanted : [...modern, ...rsa],
    verify(key) {
      if (keys.some((one) => one.length === key.length && timingSafeEqual(one, key))) return true;
      const shown = `${place} shows ${typeOf(key)} ${fingerprint(key)}`;
      refused =
        keys.length === 0
          ? failure("host-key-unknown", `no host key is pinned for ${place}`, { said: shown })
          : failure("host-key-changed", `${shown}, pinned is ${known}`);
      return false;
    },
    refusal: () => refused,
    noneOfPinnedTypes: () =>
      failure("host-key-changed", `${place} has no host key of type ${[...types].join(" or ")}, pinned is ${known}`),
  };
}

/** As ssh-keygen -l prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256")
    .update(key)
    .digest("base64")
    .replace(/={1,2}$/, "")}`;
}

/** The type stands in the key itself: length, then name (RFC 4253, 6.6). */
function typeOf(key: Buffer): string {
  if (key.length < 4) return "unknown";
  const length = key.readUInt32BE(0);
  return length > 64 || key.length < 4 + length ? "unknown" : foreignLine(key.toString("latin1", 4, 4 + length));
}
