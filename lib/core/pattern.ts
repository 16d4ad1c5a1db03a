import { RE2JS } from "re2js";
import { patternSize } from "#lib/core/pattern-size.ts";
import { err, ok, type Result } from "#lib/core/result.ts";

/** Far more than a page needs; what it compiles to is some kilobytes for each hundred. */
const mostSteps = 3_000;

/** Compiles a regular expression of the RE2 dialect: linear time, so that no text can hang who tries it. The error is a sentence. */
export function compilePattern(text: string): Result<RE2JS, string> {
  if (patternSize(text) > mostSteps) return err("it repeats so much that it would take too much memory");
  try {
    return ok(RE2JS.compile(text));
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

/** Whether the pattern matches the whole of `text`; a pattern that is none matches nothing. */
export function matchesWhole(pattern: string, text: string): boolean {
  const compiled = compilePattern(`^(?:${pattern})$`);
  return compiled.ok && compiled.value.matcher(text).matches();
}
