import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { Key, Keys } from "#lib/access/keyring.ts";
import type { AuditCut } from "#lib/store/audit-cut.ts";

const form = /^(k[0-9a-f]{12}) ([0-9a-f]{64})$/;

/**
 * What the row that tells of a cut carries: made under a key that the store does not hold, so that whoever can write the
 * store, but has no keys, cannot cut rows off and say that their time was over.
 */
export function sealCut({ current }: Keys, cut: AuditCut): string {
  return `${current.id} ${macOf(current, cut)}`;
}

/** Whether one of the keys sealed this cut. */
export function isSealedCut({ all }: Keys, cut: AuditCut, sealed: string): boolean {
  const [, keyId, mac = ""] = form.exec(sealed) ?? [];
  const key = all.find(({ id }) => id === keyId);
  return key !== undefined && timingSafeEqual(Buffer.from(macOf(key, cut)), Buffer.from(mac));
}

/** Id of the key that it is sealed under; `null` when it is no seal. */
export function sealingKey(sealed: string): string | null {
  return form.exec(sealed)?.[1] ?? null;
}

/** Under a key of its own, which RFC 5869 derives: what values are sealed under is used for nothing else. */
function macOf({ bytes }: Key, { upTo, hash }: AuditCut): string {
  const own = Buffer.from(hkdfSync("sha256", bytes, Buffer.alloc(0), "pitwall audit cut 1", 32));
  return createHmac("sha256", own).update(`${upTo} ${hash}`).digest("hex");
}
