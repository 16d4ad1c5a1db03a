/** Control characters, line and paragraph separators, and the marks that reverse the direction of text. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** What another program said, fit to stand in a sentence: one line, printable, at most `max` characters; cut text ends in `…`. */
export function oneLine(text: string, max = 200): string {
  const line = text
    .slice(0, 4 * max)
    .replace(unprintable, " ")
    .replace(/ {2,}/g, " ")
    .trim();
  const characters = Array.from(line);
  return characters.length <= max ? line : `${characters.slice(0, max - 1).join("")}…`;
}
