import { createHash } from "node:crypto";
import type { GrantedCommand, GrantedWord } from "#lib/core/grant.ts";

/**
 * The allow-list of one host, as `pitwall-run.sh` reads it. Its first line holds the digest of the rest, so that the host can
 * say which one it has.
 */
export function allowList(commands: readonly GrantedCommand[]): string {
  const body = commands.map(entry).join("");
  return `pitwall-allowed 1 ${digestOf(body)}\n${body}`;
}

function digestOf(body: string): string {
  return createHash("sha256").update(body).digest("hex").slice(0, 16);
}

function entry({ id, about, access, words, secrets = [], limitSeconds }: GrantedCommand): string {
  const lines = [
    `# ${oneLine(about)}`,
    `command ${id} ${access} ${Math.ceil(limitSeconds)}`,
    ...words.map(wordLine),
    ...secrets.map((name) => `secret ${name}`),
    "end",
  ];
  return `${lines.join("\n")}\n`;
}

function wordLine(word: GrantedWord): string {
  if (word.type === "match") {
    const { min, max, dash, pattern } = word.match;
    return `match ${min} ${max} ${dash ? "y" : "n"} ${pattern}`;
  }
  // printf's %b knows more escapes than these two, and all of them begin with a backslash.
  if (!/[\n\\]/.test(word.text)) return `word ${word.text}`;
  return `text ${word.text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`;
}

function oneLine(text: string): string {
  return text.replaceAll("\n", " ");
}
