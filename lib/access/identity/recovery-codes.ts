import { createHash, randomInt } from "node:crypto";

/** Crockford's letters and digits: none is taken for another. */
const letters = "0123456789abcdefghjkmnpqrstvwxyz";
const count = 10;
const groups = 4;
const groupLength = 6;
const hashed = /^[0-9a-f]{64}$/;

/** Ten codes of 120 random bits, so that a plain hash of one tells nothing (ASVS 6.5.2): `h4k2m9-…`, in four groups. */
export function newRecoveryCodes(): string[] {
  const group = () => Array.from({ length: groupLength }, () => letters[randomInt(letters.length)]).join("");
  return Array.from({ length: count }, () => Array.from({ length: groups }, group).join("-"));
}

/** What is kept of a code, and asked for in its place; in whatever case, and with or without dashes, it was typed. */
export function hashRecoveryCode(code: string): string {
  const plain = code.toLowerCase().replaceAll(/[\s-]/g, "").replaceAll("o", "0").replaceAll(/[il]/g, "1");
  return createHash("sha256").update(`pitwall recovery code ${plain}`, "utf8").digest("hex");
}

/** better-auth's word for how the list is stored: of new codes the hashes; those that are left of it are hashes already. */
export const recoveryCodeStorage = {
  encrypt: async (list: string): Promise<string> =>
    JSON.stringify((JSON.parse(list) as string[]).map((code) => (hashed.test(code) ? code : hashRecoveryCode(code)))),
  // What another version sealed is no list any more: those codes are renewed on the account's page.
  decrypt: async (stored: string): Promise<string> => (stored.startsWith("[") ? stored : "[]"),
};
