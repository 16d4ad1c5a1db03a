import type { LeakedPasswords } from "#lib/access/identity/leaked-passwords.ts";

/** In characters: long enough to resist guessing, short enough to be hashed in time (NIST SP 800-63B, 3.1.1.2). */
export const passwordLength = { least: 12, most: 128 } as const;

const fewestLetters = 5;
const fewestOwnLetters = 8;

/**
 * Why a new password is refused, as a sentence; `null` when it is good. There are no rules of composition: it must be long,
 * no known leak, and more than `words`, which anybody would guess of this person and this place.
 */
export function passwordObjection(
  password: string,
  words: readonly string[],
  leaked: Pick<LeakedPasswords, "has">,
): string | null {
  const { length } = [...password];
  if (length < passwordLength.least)
    return `A password has ${passwordLength.least} characters or more; this one has ${length}.`;
  if (length > passwordLength.most) return `A password has ${passwordLength.most} characters at most.`;
  if (leaked.has(password))
    return "This password is in lists of leaked ones, and would be tried first. Choose another.";
  const plain = password.normalize("NFKC").toLowerCase();
  if (new Set(plain).size < fewestLetters) return "This password repeats the same few characters. Choose another.";
  if (ownPart(plain, words).length < fewestOwnLetters) {
    return "This password is little more than the name of a person or a place here. Choose another.";
  }
  return null;
}

/** What is left of a password without the words that are no secret. */
function ownPart(plain: string, words: readonly string[]): string {
  const guessed = ["pitwall", ...words.flatMap((word) => [word, ...word.split(/[^\p{L}\p{N}]+/u)])]
    .map((word) => word.normalize("NFKC").toLowerCase())
    .filter((word) => word.length >= 4)
    .sort((a, b) => b.length - a.length);
  return guessed.reduce((rest, word) => rest.replaceAll(word, ""), plain);
}
