import { matchesWhole } from "#lib/core/pattern.ts";
/** A word of a command that a host allows: always the same, or whatever matches a pattern. */
export type GrantedWord =
  | { readonly type: "exact"; readonly text: string }
  | { readonly type: "match"; readonly match: WordPattern };

export interface WordPattern {
  /** A POSIX extended regular expression that means the same in JavaScript; it must match the whole word. */
  readonly pattern: string;
  readonly min: number;
  readonly max: number;
  /** Whether the word may begin with a dash, because the command's own text stands in front. */
  readonly dash: boolean;
  /** All words that it can be, where they are few: a line of sudoers names each. */
  readonly words?: readonly string[];
}

/** What looks may be run by either key, what acts by the acting key alone. */
export type Access = "look" | "act";

/** A command that a host lets Pitwall run, and by which of its two keys. */
export interface GrantedCommand {
  /** Of small letters, digits, dots and dashes; unique on its host. */
  readonly id: string;
  readonly about: string;
  readonly access: Access;
  /** Program and arguments, `env NAME=value` in front where it has variables. */
  readonly words: readonly GrantedWord[];
  /** Variables that are handed over as secrets. */
  readonly secrets?: readonly string[];
  /** The host ends it after this many seconds, whatever became of the connection. */
  readonly limitSeconds: number;
}

/** A command, and the host that it is for. */
export interface Grant {
  readonly host: string;
  readonly command: GrantedCommand;
}

/** A command as a kind names it; its id is unique within the service at most. */
export type KindGrant = GrantedCommand & { readonly host: string };

/** An address that is reached through a host: `10.0.0.5:5432`, or a Unix socket's path there. */
export interface StreamGrant {
  readonly host: string;
  readonly to: string;
}

/** Finds the command that words are, and the words that differ from time to time; `null` when none is. */
export function matchGrant(
  commands: readonly GrantedCommand[],
  words: readonly string[],
  secrets: readonly string[],
): { readonly command: GrantedCommand; readonly args: readonly string[] } | null {
  const command = commands.find((one) => sameList(one.secrets ?? [], secrets) && isWords(one.words, words));
  if (command === undefined) return null;
  return { command, args: words.filter((_, index) => command.words[index]?.type === "match") };
}

function isWords(granted: readonly GrantedWord[], words: readonly string[]): boolean {
  if (granted.length !== words.length) return false;
  return granted.every((one, index) => {
    const word = words[index] ?? "";
    return one.type === "exact" ? one.text === word : fits(one.match, word);
  });
}

function fits({ pattern, min, max, dash }: WordPattern, word: string): boolean {
  if (word.length < min || word.length > max || (!dash && word.startsWith("-"))) return false;
  return /^[ -~]*$/.test(word) && matchesWhole(pattern, word);
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}

/** A word that is always the same. */
export function exact(text: string): GrantedWord {
  return { type: "exact", text };
}

/** A word that is one of a few. */
export function oneOf(words: readonly string[]): GrantedWord {
  const [only] = words;
  if (words.length === 1 && only !== undefined) return exact(only);
  const lengths = words.map((word) => word.length);
  const dash = words.some((word) => word.startsWith("-"));
  const some = words
    .filter((word) => word !== "")
    .map(escapeEre)
    .join("|");
  // POSIX leaves open what an empty alternative means.
  const pattern = words.includes("") ? `(${some})?` : some;
  return { type: "match", match: { pattern, min: Math.min(...lengths), max: Math.max(...lengths), dash, words } };
}

/** A word that matches a pattern, and does not begin with a dash. */
export function matching(
  pattern: string,
  { min = 1, max = 200 }: { readonly min?: number; readonly max?: number } = {},
): GrantedWord {
  return { type: "match", match: { pattern, min, max, dash: false } };
}

/** The text as a pattern that matches it alone. */
export function escapeEre(text: string): string {
  return text.replace(/[.[\]{}()*+?^$|\\]/g, "\\$&");
}
