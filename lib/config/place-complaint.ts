import { type Complaint, formatPath, namesSecret } from "#lib/config/complaint.ts";
import type { ConfigProblem } from "#lib/config/problem.ts";
import type { Position, YamlSource } from "#lib/config/yaml-source.ts";
import { dotUnseen, foreignLine } from "#lib/core/foreign-text.ts";
import { nearest } from "#lib/core/nearest.ts";

const mostKeys = 20;

/** Nobody reads a longer line, and searching one for secrets takes time that grows with its square. */
const longestLine = 1_000;

/**
 * Gives a complaint its line and column, and the line of the file with secrets left out; names in it that would act do not. A complaint about the text
 * itself brings its own place.
 */
export function placeComplaint(
  complaint: Complaint,
  file: string,
  source: YamlSource,
  textAt?: Position,
): ConfigProblem {
  const { at, path, message, expected, found, nearest: near } = complaint;
  const { line, column } = textAt ?? (at === "key" ? source.keyAt(path) : source.valueAt(path));
  const text = source.lines[line - 1] ?? "";
  const shown = () => {
    // A broken text may show a line of a key that was pasted in, and nothing tells what it belongs to.
    const hidden = found === "[not shown]" || (textAt !== undefined && /[A-Za-z0-9+/]{32}/.test(text));
    // What stands under a key that is near nothing may be anything.
    const shownTo = hidden ? column - 1 : at === "key" && near === undefined ? endOfKey(text, column) : text.length;
    return excerptOf(text, column, shownTo);
  };
  const excerpt = text.length > longestLine ? null : shown();
  return {
    file,
    line,
    column,
    path: foreignLine(formatPath(path), longestLine),
    message: foreignLine(message, longestLine),
    ...(expected === undefined ? {} : { expected }),
    ...(found === undefined ? {} : { found }),
    ...(near === undefined ? {} : { nearest: near }),
    ...(excerpt === null || excerpt.text.trim() === "" ? {} : { excerpt }),
  };
}

/** The line up to where a secret may stand; a reference such as `env:NAME` is none. */
function excerptOf(line: string, column: number, shownTo: number): { text: string; caret: number } {
  let end = Math.min(shownTo, line.length);
  const keys = [...line.matchAll(/(?<![\w.-])([\w.-]+)["']?\s*:\s*(?!["']?(?:env|file):)(?=\S)/g)];
  for (const [place, match] of keys.entries()) {
    // Each key is compared with many words; of a line of more keys than anyone writes the rest is not shown.
    if (place < mostKeys && !mayNameSecret(match[1] ?? "")) continue;
    end = Math.min(end, match.index + match[0].length);
    break;
  }
  const address = /:\/\/[^/@\s]*@/.exec(line);
  if (address) end = Math.min(end, address.index + "://".length);
  const from = Math.max(0, Math.min(column, end) - 80);
  const shown = dotUnseen(line.slice(from, Math.min(end, from + 160)));
  const text = `${shown}${end < line.length ? "[not shown]" : from + 160 < line.length ? "…" : ""}`;
  return { text, caret: Math.min(column, end + 1) - from };
}

/** A misspelt `password` holds one as well. */
function mayNameSecret(key: string): boolean {
  return namesSecret(key) || nearest(key, ["password", "passphrase", "secret", "token", "credentials"]) !== undefined;
}

function endOfKey(line: string, column: number): number {
  const colon = line.indexOf(":", column - 1);
  return colon < 0 ? line.length : colon + 2;
}
