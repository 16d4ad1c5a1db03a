import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Holder, Permission } from "#lib/access/roles.ts";
import type { machineDoors, TokenScope } from "#lib/wire/token.ts";

const prefix = "pw_";
const secretLength = 43;
const checkLength = 6;
const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/**
 * A new token: `pw_`, 256 random bits, and a checksum, so that scanners of repositories know one when they see it and a
 * mistyped one is refused without asking the store.
 */
export function newApiToken(): string {
  const secret = inBase62(BigInt(`0x${randomBytes(32).toString("hex")}`), secretLength);
  return `${prefix}${secret}${checksumOf(secret)}`;
}

/** Whether it has the form of a token and its checksum is right: not whether there is such a one. */
export function isApiToken(text: string): boolean {
  if (text.length !== prefix.length + secretLength + checkLength || !text.startsWith(prefix)) return false;
  const secret = text.slice(prefix.length, -checkLength);
  return /^[0-9A-Za-z]+$/.test(secret) && text.slice(-checkLength) === checksumOf(secret);
}

/** What of a token may be shown beside its name. */
export function startOf(token: string): string {
  return token.slice(0, prefix.length + 4);
}

/** What whoever holds a token of that scope may. */
export function holderOf(scope: TokenScope): Holder {
  switch (scope.kind) {
    case "role":
      return { grants: [{ role: scope.role, group: scope.group }], holds: [] };
    case "door": {
      const holds = [openedBy[scope.door]];
      return { grants: [], holds, ...(scope.services === undefined ? {} : { only: scope.services }) };
    }
    case "wall":
      return { grants: [], holds: ["watch"], watches: { group: scope.group } };
    default:
      return scope satisfies never;
  }
}

const openedBy = {
  events: "send-events",
  heartbeat: "send-heartbeats",
  poll: "request-polls",
} as const satisfies Readonly<Record<(typeof machineDoors)[number], Permission>>;

function checksumOf(secret: string): string {
  return inBase62(BigInt(crc32(secret)), checkLength);
}

function inBase62(value: bigint, length: number): string {
  let [rest, text] = [value, ""];
  while (rest > 0n) {
    text = `${digits[Number(rest % 62n)]}${text}`;
    rest /= 62n;
  }
  return text.padStart(length, "0");
}
