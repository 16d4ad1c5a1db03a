import assert from "node:assert/strict";
import { test } from "node:test";
import { type Search, searchFor } from "#lib/core/search-text.ts";

function search(pattern: string): Search {
  const made = searchFor(pattern);
  assert.ok(made.ok, pattern);
  return made.value;
}

test("a pattern is found wherever it stands in a page, and missed where it is not", () => {
  const up = search('"status": *"(up|ok)"');
  for (const length of [10, 10_000, 150_000]) {
    assert.deepEqual(up(`${"x ".repeat(length / 2)}"status": "up"`), { ok: true, value: true });
    assert.deepEqual(up('"status": "down" '.repeat(length / 17)), { ok: true, value: false });
  }
});

test("of a text that is too long for a pattern nobody says that it is not there", () => {
  const end = search("[ab]*a[ab]{900}$");
  const text = "ab".repeat(100_000);
  const cut = end(text);
  assert.ok(!cut.ok);
  assert.equal(cut.error.kind, "too-much-work");
  assert.match(
    cut.error.what,
    /^\/\[ab\]\*a\[ab\]\{900\}\$\/ was looked for in the first 4,\d{3} of 200,000 characters/,
  );
  assert.deepEqual(search("^abab")(text), { ok: true, value: true });
  assert.deepEqual(search("b")("a".repeat(262_144)), { ok: true, value: false });
  assert.equal(search("b")("a".repeat(262_145)).ok, false);
});

test("what is no pattern says why", () => {
  const made = searchFor("(a");
  assert.ok(!made.ok && /missing closing/.test(made.error), JSON.stringify(made));
});
