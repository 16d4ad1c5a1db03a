import { type Failure, failure } from "#lib/core/failure.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { compilePattern } from "#lib/core/pattern.ts";
import { err, ok, type Result } from "#lib/core/result.ts";

/** Whether a text holds what is searched for. Failure: `too-much-work`, when it is too long to say that it does not. */
export type Search = (text: string) => Result<boolean>;

/** Characters that any pattern looks at, at most. */
const mostChars = 262_144;
/** Characters times steps of the pattern: some 50 ms in the slowest case known, all steps alive at each character. */
const mostWork = 4_000_000;

/**
 * A search for a pattern of the RE2 dialect. Its time is in proportion to the text, but to the pattern as well: some hundred
 * steps at each of 260,000 characters would be seconds in which nothing else is polled. So the more a pattern repeats, the
 * less of a text it looks at. The error is a sentence: why the pattern is none.
 */
export function searchFor(pattern: string): Result<Search, string> {
  const compiled = compilePattern(pattern);
  if (!compiled.ok) return compiled;
  const chars = Math.min(mostChars, Math.floor(mostWork / compiled.value.programSize()));
  return ok((text) => {
    const matcher = compiled.value.matcher(text.slice(0, chars));
    const found = matcher.find();
    if (text.length <= chars) return ok(found);
    // What ends where the text was cut may only seem to be its end.
    return found && matcher.end() < chars ? ok(true) : err(notToTheEnd(pattern, chars, text.length));
  });
}

function notToTheEnd(pattern: string, chars: number, all: number): Failure {
  const [part, whole] = [chars, all].map((each) => each.toLocaleString("en"));
  return failure(
    "too-much-work",
    `/${foreignLine(pattern, 80)}/ was looked for in the first ${part} of ${whole} characters, and is not there`,
  );
}
