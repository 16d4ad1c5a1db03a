import { type JsonValue, query } from "jsonpath-rfc9535";
import parseJsonPath from "jsonpath-rfc9535/parser";
import { failure } from "#lib/core/failure.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { err, ok, type Result } from "#lib/core/result.ts";

/** The parser tries each call within a call in more than one way, so that sixteen of them, in 60 letters, take all memory. */
const mostNested = 6;

/**
 * Whether it is a JSON path of RFC 9535 that is safe on a hostile body. The filter functions `match()` and `search()` are
 * refused: they run as back-tracking expressions over what the other side sent.
 */
export function checkJsonPath(path: string): Result<string, string> {
  if (deepest(path) > mostNested) return err(`parentheses within parentheses, more than ${mostNested} deep`);
  try {
    const tree = JSON.stringify(parseJsonPath(path));
    return /"name":"(match|search)"/.test(tree) ? err("match() and search() are not allowed in a path") : ok(path);
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

function deepest(path: string): number {
  let [depth, most] = [0, 0];
  for (const char of path) {
    if (char === "(") depth += 1;
    else if (char === ")") depth -= 1;
    most = Math.max(most, depth);
  }
  return most;
}

/** Looks at a value, one after another: some 50 ms. */
const mostLooks = 1_500_000;

/**
 * The first value at that path; `undefined` when there is none, the text is no JSON, or it is nested beyond reason.
 * Failure: `too-much-work`, when 2 kB of nests would hold up all other polls for seconds.
 */
export function valueAt(text: string, path: string): Result<JsonValue | undefined> {
  if (looksFor(text, path) <= mostLooks) return ok(firstAt(text, path));
  const characters = `${text.length.toLocaleString("en")} characters`;
  return err(failure("too-much-work", `${foreignLine(path, 80)} is too much to look for in a nest of ${characters}`));
}

/**
 * How often a path looks at a value, at most: each `..` after the first goes through all below each place that is found, so
 * that a value is looked at once for each nest it lies in, and a `$` in a filter looks for each value at all of them.
 */
function looksFor(text: string, path: string): number {
  const descents = path.split("..").length - 1;
  const whole = path.split("$").length - 2;
  if (descents <= 1 && whole < 1) return 0;
  const { values, depth } = nestOf(text);
  return values * depth ** Math.max(0, descents - 1) * values ** Math.max(0, whole);
}

/** How many values a JSON text has and how deep they lie, at most: brackets and commas in a text count as well. */
function nestOf(text: string): { readonly values: number; readonly depth: number } {
  let [values, depth, deepest] = [1, 1, 1];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === comma) values += 1;
    else if (code === openBrace || code === openBracket) {
      values += 1;
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (code === closeBrace || code === closeBracket) depth -= 1;
  }
  return { values, depth: deepest };
}

const [comma, openBrace, closeBrace, openBracket, closeBracket] = [0x2c, 0x7b, 0x7d, 0x5b, 0x5d];

function firstAt(text: string, path: string): JsonValue | undefined {
  try {
    return query(JSON.parse(text) as JsonValue, path)[0];
  } catch (error) {
    // A body is whatever the other side sent: not JSON (SyntaxError), or nested until the stack ends (RangeError).
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}
