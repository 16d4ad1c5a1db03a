import assert from "node:assert/strict";
import type { Failure, FailureKind } from "#lib/core/failure.ts";
import type { Result } from "#lib/core/result.ts";

/** The failure of a result that has to be one, of the kind it has to be. */
export function failed(result: Result<unknown>, kind: FailureKind): Failure {
  if (result.ok) assert.fail(`expected the failure ${kind}, got ${JSON.stringify(result.value).slice(0, 300)}`);
  assert.equal(result.error.kind, kind, JSON.stringify(result.error));
  return result.error;
}

/** The value of a result that has to be one. */
export function succeeded<T>(result: Result<T>): T {
  if (!result.ok) assert.fail(`unexpected failure: ${JSON.stringify(result.error)}`);
  return result.value;
}
