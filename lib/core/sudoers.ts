import type { GrantedCommand, GrantedWord } from "#lib/core/grant.ts";

/** Lines of sudoers for what of the commands goes through `sudo -n`, and what cannot be named there exactly. */
export interface Sudoers {
  readonly lines: readonly string[];
  readonly left: readonly string[];
}

/** At most so many lines for one command. */
const mostLines = 500;

/** Exact words and no wildcards: a command whose words differ gets a line for each, where they can be counted out. */
export function sudoersOf(user: string, commands: readonly GrantedCommand[]): Sudoers {
  const lines: string[] = [];
  const left: string[] = [];
  for (const command of commands) {
    const words = afterSudo(command.words);
    if (words === null) continue;
    const all = words.reduce<string[][] | null>(timesWord, [[]]);
    if (all === null) left.push(`${command.id}: ${words.map(shown).join(" ")}`);
    else lines.push(...all.map((each) => lineOf(user, each)));
  }
  return { lines: [...new Set(lines)].sort(), left };
}

function afterSudo(words: readonly GrantedWord[]): readonly GrantedWord[] | null {
  const at = words.findIndex((word) => word.type === "exact" && word.text.split("/").at(-1) === "sudo");
  if (at < 0) return null;
  const rest = words.slice(at + 1);
  return rest[0]?.type === "exact" && rest[0].text === "-n" ? rest.slice(1) : rest;
}

function timesWord(lists: string[][] | null, word: GrantedWord): string[][] | null {
  if (lists === null) return null;
  const values = word.type === "exact" ? [word.text] : (word.match.words ?? null);
  if (values === null || lists.length * values.length > mostLines) return null;
  return lists.flatMap((list) => values.map((value) => [...list, value]));
}

function lineOf(user: string, words: readonly string[]): string {
  const program = words.findIndex((word) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(word));
  const settings = program > 0 ? "SETENV: " : "";
  const [name = "", ...rest] = words.slice(program);
  // Debian's places; sudo itself looks in `secure_path`.
  const path = name.startsWith("/") ? name : `/usr/sbin/${name}`;
  // Without arguments sudoers would allow any.
  const args = rest.length === 0 ? '""' : rest.map(escapeWord).join(" ");
  return `${user} ALL=(root) NOPASSWD: ${settings}${escapeWord(path)} ${args}`;
}

/** sudoers(5): these mean something in an argument unless a backslash stands in front; before others none may (1.9.13, run). */
function escapeWord(word: string): string {
  return word === "" ? '""' : word.replace(/[\\,:= *?[\]!#^]/g, "\\$&");
}

function shown(word: GrantedWord): string {
  return word.type === "exact" ? word.text : `<${word.match.pattern}>`;
}
