import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { plainText, said } from "#lib/transports/plain-text.ts";

const esc = String.fromCharCode(0x1b);
const hostile = fc.array(
  fc.oneof(
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.constantFrom(
      `${esc}[31m`,
      `${esc}]0;title${String.fromCharCode(7)}`,
      `${esc}[2J`,
      `${esc}P1$r`,
      esc,
      "\u202e",
      "\r\n",
      "\t",
      "\0",
      "\u009b1m",
    ),
  ),
);

test("whatever a server says, no control character or direction override is left, and the bound holds", () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 1, max: 40 }), (parts, maxChars) => {
      const text = plainText(parts.join(""), maxChars);
      assert.ok(text.length <= maxChars);
      assert.doesNotMatch(text, /[[\p{Cc}\p{Bidi_Control}]--[\t\n]]/v);
    }),
    { numRuns: 2_000 },
  );
});

test("plain text stays as it is, other alphabets and brackets included", () => {
  for (const text of ["", "ok", "[31m is no colour", "äöü 日本語 ✓", "a\tb\nc"])
    assert.equal(plainText(text, 100), text);
});

test("terminal sequences go as a whole, the words around them stay", () => {
  assert.equal(plainText(`${esc}[1;31mred${esc}[0m ${esc}]8;;http://x${esc}\\link${esc}]8;;${esc}\\`, 100), "red link");
  assert.equal(plainText(`${esc}]0;never ended`, 100), "");
});

test("what was said is one line, and nothing when nothing was said", () => {
  assert.deepEqual(said(" two\r\n lines \t here\n"), { said: "two lines here" });
  assert.deepEqual(said(` ${esc}[0m\n`), {});
  assert.deepEqual(said(undefined), {});
  assert.equal(said("x".repeat(1_000_000)).said?.length, 300);
});
