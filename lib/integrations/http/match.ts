import { type JsonValue, query } from "jsonpath-rfc9535";
import parseJsonPath from "jsonpath-rfc9535/parser";
import { RE2JS } from "re2js";
import { err, ok, type Result } from "#lib/core/result.ts";

/** Compiles a regular expression of the RE2 dialect: linear time, so that no body can hang the poller. The error is a sentence. */
export function compilePattern(text: string): Result<RE2JS, string> {
  try {
    return ok(RE2JS.compile(text));
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Whether it is a JSON path of RFC 9535 that is safe on a hostile body. The filter functions `match()` and `search()` are
 * refused: they run as back-tracking expressions over what the other side sent.
 */
export function checkJsonPath(path: string): Result<string, string> {
  try {
    const tree = JSON.stringify(parseJsonPath(path));
    return /"name":"(match|search)"/.test(tree) ? err("match() and search() are not allowed in a path") : ok(path);
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error));
  }
}

/** The first value at that path; `undefined` when there is none, the text is no JSON, or it is nested beyond reason. */
export function valueAt(text: string, path: string): JsonValue | undefined {
  try {
    return query(JSON.parse(text) as JsonValue, path)[0];
  } catch (error) {
    // A body is whatever the other side sent: not JSON (SyntaxError), or nested until the stack ends (RangeError).
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}
