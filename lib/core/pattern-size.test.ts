import assert from "node:assert/strict";
import { test } from "node:test";
import { RE2JS } from "re2js";
import { compilePattern } from "#lib/core/pattern.ts";
import { patternSize } from "#lib/core/pattern-size.ts";

const patterns = [
  "",
  "abc",
  "status.{0,20}(up|ok)+$",
  "(a{10}){10}",
  "[^]a{3}]{5}x",
  "((ab){3}c){4}",
  "a{2,}",
  "\\({3}\\{2}",
  "(x{,3}){2}",
  "(?:a|b{7}){9}",
];

for (const pattern of patterns) {
  test(`the size of /${pattern}/ is foretold`, () => {
    const real = RE2JS.compile(pattern).programSize();
    const told = patternSize(pattern);
    assert.ok(told <= 2 * real && real <= 2 * told + 4, `${told} for ${real}`);
  });
}

test("a pattern that would take all memory is refused before it is compiled", () => {
  const groups = `${"(".repeat(150)}a${")".repeat(100)}{1000}${")".repeat(50)}`;
  const refused = compilePattern(groups);
  assert.ok(!refused.ok);
  assert.match(refused.error, /too much memory/);
  assert.ok(compilePattern("^[0-9a-f]{64} .{0,1000}$").ok);
});
