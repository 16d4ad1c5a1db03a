import { err, ok, type Result } from "#lib/core/result.ts";

/**
 * A pattern of the RE2 dialect as a POSIX extended regular expression that means the same on printable ASCII, and in JavaScript
 * too. The error names what POSIX does not know.
 */
export function posixPattern(pattern: string): Result<string, string> {
  let out = "";
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] ?? "";
    if (char === "\\") {
      at += 1;
      const escaped = escapeOf(pattern[at] ?? "");
      if (escaped === null) return err(`\\${pattern[at] ?? ""}`);
      out += escaped;
    } else if (char === "[") {
      const list = bracketAt(pattern, at);
      if (!list.ok) return list;
      out += list.value.text;
      at = list.value.end;
    } else if (char === "(" && pattern[at + 1] === "?") {
      if (pattern[at + 2] !== ":") return err(pattern.slice(at, at + 3));
      out += "(";
      at += 2;
    } else if (/[*+?}]/.test(char) && /[?+]/.test(pattern[at + 1] ?? "")) {
      return err(pattern.slice(at, at + 2));
    } else if (char === "^" || char === "$") {
      // The whole word must match anyway.
      const end = char === "^" ? at === 0 : at === pattern.length - 1;
      if (!end) return err(char);
    } else if (/[ -~]/.test(char)) out += char;
    else return err(JSON.stringify(char));
  }
  return ok(out);
}

const classes: Readonly<Record<string, string>> = { d: "0-9", w: "A-Za-z0-9_" };

function escapeOf(char: string): string | null {
  const known = classes[char];
  if (known !== undefined) return `[${known}]`;
  return /[!-/:-@[-`{-~]/.test(char) ? `\\${char}`.replace(/^\\([^.[\]{}()*+?^$|\\])$/, "$1") : null;
}

/** A list of characters: in POSIX no escape works inside it, `]` stands first, `-` and `^` last. */
function bracketAt(pattern: string, start: number): Result<{ readonly text: string; readonly end: number }, string> {
  let at = start + 1;
  const negated = pattern[at] === "^";
  if (negated) at += 1;
  let body = "";
  let last = "";
  for (let first = true; at < pattern.length && (first || pattern[at] !== "]"); at += 1, first = false) {
    const char = pattern[at] ?? "";
    if (char === "[") {
      if (pattern[at + 1] === ":") return err("[:");
      body += char;
    } else if (char === "\\") {
      at += 1;
      const next = pattern[at] ?? "";
      const known = classes[next];
      if (known !== undefined) body += known;
      else if (next === "]" || next === "\\") return err(`\\${next} between brackets`);
      else if (next === "-" || next === "^") last += next;
      else if (/[!-/:-@[-`{-~]/.test(next)) body += next;
      else return err(`\\${next}`);
    } else if (char === "]") return err("] between brackets");
    else if (char === "-" && (body === "" || pattern[at + 1] === "]")) last += "-";
    else if (/[ -~]/.test(char)) body += char;
    else return err(JSON.stringify(char));
  }
  if (pattern[at] !== "]") return err("[ without ]");
  // A caret alone would negate, and a dash is itself only at an end.
  const dash = last.includes("-") ? "-" : "";
  const caret = last.includes("^") ? "^" : "";
  if (body === "" && caret !== "" && !negated) return ok({ text: dash === "" ? "\\^" : `[-^]`, end: at });
  return ok({ text: `[${negated ? "^" : ""}${body}${caret}${dash}]`, end: at });
}
