import { mapTexts } from "#lib/core/map-texts.ts";

/**
 * Text that another program or person wrote, fit to be shown to anybody: at most `maxChars` characters, and nothing in it
 * acts. What would move a cursor, set a title, turn the reading direction or stand there unseen is shown for what it is:
 * `␛`, `⟨U+202E⟩`. Only colours (ECMA-48, SGR) go without a trace, for they say nothing. Line feeds and tabs stay. Cut text
 * tells how much is missing. Applied to its own answer it changes nothing.
 */
export function foreignText(raw: string, maxChars: number): string {
  return harmless(raw, maxChars) ? raw : spell(raw, maxChars, false);
}

/** The same on one line: all white space, line ends included, becomes single blanks, and none is left at the ends. */
export function foreignLine(raw: string, maxChars = 200): string {
  if (harmless(raw, maxChars) && !untidy.test(raw)) return raw;
  return spell(raw, maxChars, true);
}

/** Every string of a plain value, the names of its fields too, as `foreignText`; what has none to change stays the same object. */
export function foreignDeep<T>(value: T, maxChars: number): T {
  return mapTexts(value, (text) => foreignText(text, maxChars));
}

/** The first character of a text that acts or is unseen, spelled out; `null` when there is none. */
export function unseenIn(text: string): string | null {
  const found = unseenAnywhere.exec(text)?.[0];
  return found === undefined ? null : spelled(found);
}

/** A line as it stands, with a dot for each character that acts, is unseen or piles up, so that columns stay where they are. */
export function dotUnseen(line: string): string {
  return line.replace(dotted, "·");
}

/** Marks that stand on one letter in any script; more of them are a flood that runs over the lines around. */
const maxMarks = 8;

/**
 * Unicode's control and format characters, whatever a reader does not see (Default_Ignorable: zero-width, fillers, tags),
 * halves of characters, separators of lines, and characters that are none.
 */
const unseen = String.raw`[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]--[\t\n]]`;
const suspicious = new RegExp(String.raw`${unseen}|\p{M}{${maxMarks + 1}}`, "v");
const isUnseen = new RegExp(`^${unseen}$`, "v");
const unseenAnywhere = new RegExp(String.raw`[${unseen}--[\r\u200c\u200d\ufe0f]]`, "v");
const dotted = new RegExp(String.raw`[${unseen}\t\n]|(?<=\p{M}{3})\p{M}`, "gv");
const isMark = /^\p{M}$/u;
const word = /[!-~]{1,200}/y;
const isWord = /^[!-~]+$/;
const isBlank = /^\s$/u;
const untidy = /[^\S ]| {2}|^ | $/;

/** ECMA-48: a control sequence that ends in `m` selects colours and weights. */
const colour = new RegExp(`(?:${String.fromCharCode(0x1b)}\\[|${String.fromCharCode(0x9b)})[0-9;:]{0,64}m`, "y");

function harmless(raw: string, maxChars: number): boolean {
  return raw.length <= maxChars && !suspicious.test(raw);
}

function spell(raw: string, maxChars: number, oneLine: boolean): string {
  const pieces: string[] = [];
  /** How far `raw` was read with each piece. */
  const readTo: number[] = [];
  let length = 0;
  let marks = 0;
  let at = 0;
  const put = (piece: string) => {
    pieces.push(piece);
    readTo.push(at);
    length += piece.length;
  };
  // What leaves no trace is looked at for a while only: a hostile text may be endless.
  const last = Math.min(raw.length, 8 * maxChars + 256);
  while (at < last && length <= maxChars) {
    colour.lastIndex = at;
    if (colour.test(raw)) {
      at = colour.lastIndex;
      continue;
    }
    // What is plain in any case is taken by the word, which is what makes a long text cheap.
    word.lastIndex = at;
    if (word.test(raw)) {
      const from = at;
      at = word.lastIndex;
      put(raw.slice(from, at));
      marks = 0;
      continue;
    }
    const character = String.fromCodePoint(raw.codePointAt(at) as number);
    const piece = pieces.at(-1);
    const before = piece !== undefined && isWord.test(piece) ? piece.at(-1) : piece;
    at += character.length;
    if (isMark.test(character) && !isUnseen.test(character)) {
      marks += 1;
      if (marks <= maxMarks) put(character);
      else if (marks === maxMarks + 1) put("⟨more marks⟩");
      continue;
    }
    marks = 0;
    if (oneLine && isBlank.test(character)) {
      if (before !== undefined && before !== " ") put(" ");
    } else if (!isUnseen.test(character) || joins(character, before, raw.codePointAt(at))) put(character);
    else if (character !== "\r" || oneLine || raw[at] !== "\n") put(spelled(character));
  }
  if (at >= raw.length && length <= maxChars) {
    const text = pieces.join("");
    return oneLine ? text.trimEnd() : text;
  }
  return cut(pieces, readTo, length, raw.length, maxChars);
}

/** Takes pieces off the end until there is room for how many characters of the original are missing. */
function cut(pieces: string[], readTo: number[], length: number, rawLength: number, maxChars: number): string {
  const told = (missing: number) => (maxChars < 40 ? "…" : `… (+${missing} characters)`);
  const room = maxChars - told(rawLength).length;
  let left = length;
  while (pieces.length > 0 && (left > room || isUnseen.test(pieces.at(-1) as string))) {
    const piece = pieces.pop() as string;
    const readBefore = readTo.pop() as number;
    left -= piece.length;
    const kept = isWord.test(piece) ? piece.slice(0, Math.max(0, room - left)) : "";
    if (kept === "") continue;
    pieces.push(kept);
    readTo.push(readBefore - piece.length + kept.length);
    left += kept.length;
  }
  return `${pieces.join("").trimEnd()}${told(rawLength - (readTo.at(-1) ?? 0))}`;
}

const pictograph = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)$/u;
const joinedScript =
  /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gujarati}\p{Script=Gurmukhi}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Oriya}\p{Script=Sinhala}\p{Script=Tamil}\p{Script=Telugu}]$/u;
const isLetter = /^\p{L}$/u;
const isPicture = /^\p{Extended_Pictographic}$/u;

/** Whether an unseen character does what it is there for: it joins pictures to one, or letters of scripts that join. */
function joins(character: string, before: string | undefined, next: number | undefined): boolean {
  if (before === undefined) return false;
  if (character === "\ufe0f") return /^\p{Emoji}$/u.test(before);
  if (next === undefined) return false;
  const after = String.fromCodePoint(next);
  if (character === "\u200d" && pictograph.test(before)) return isPicture.test(after);
  return (
    (character === "\u200d" || character === "\u200c") &&
    joinedScript.test(before) &&
    joinedScript.test(after) &&
    isLetter.test(after)
  );
}

function spelled(character: string): string {
  const code = character.codePointAt(0) as number;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "␡";
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
