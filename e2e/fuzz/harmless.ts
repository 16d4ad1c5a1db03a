import assert from "node:assert/strict";
import { foreignDeep } from "#lib/core/foreign-text.ts";

/** What comes out of a parser goes to the store, to pages and to terminals: plain JSON, and nothing in it acts. */
export function assertHarmless(value: unknown): void {
  assert.ok(foreignDeep(value, 1_000_000) === value, "a text acts or hides something");
  assertPlain(value, 0);
}

function assertPlain(value: unknown, depth: number): void {
  if (typeof value === "number") assert.ok(Number.isFinite(value), `${value} is no number that JSON keeps`);
  if (typeof value === "string") assert.ok(value.length <= 10_000, `a text of ${value.length} characters`);
  if (typeof value !== "object" || value === null) return;
  assert.ok(depth < 30, "nested without end");
  const prototype: unknown = Object.getPrototypeOf(value);
  assert.ok(prototype === Object.prototype || prototype === Array.prototype, "an object of a made-up prototype");
  for (const inner of Object.values(value)) assertPlain(inner, depth + 1);
}
