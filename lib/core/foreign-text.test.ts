import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { foreignDeep, foreignLine, foreignText } from "#lib/core/foreign-text.ts";

const esc = String.fromCharCode(0x1b);
const bell = String.fromCharCode(7);
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 8 }),
      fc.constantFrom(
        `${esc}[31m`,
        `${esc}]0;title${bell}`,
        `${esc}]8;;http://x${esc}\\link${esc}]8;;${esc}\\`,
        `${esc}[2J`,
        `${esc}P1$r`,
        esc,
        "\u202e",
        "\u2066",
        "\u200b",
        "\ufeff",
        "\u3164",
        "\u{e0041}",
        "\ud800",
        "\u0301".repeat(40),
        "\r\n",
        "\r",
        "\t",
        "\0",
        "\u2028",
        "\u009b1m",
        "👨\u200d👩\u200d👧",
        "<script>",
        "words of the house ",
      ),
    ),
  )
  .map((parts) => parts.join(""));

const acts =
  /[[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]--[\t\n\u200c\u200d\ufe0f]]/v;

test("whatever another program says, nothing in it acts or hides, and the bound holds", () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 1, max: 120 }), (raw, maxChars) => {
      const text = foreignText(raw, maxChars);
      assert.ok(text.length <= maxChars);
      assert.doesNotMatch(text, acts);
      assert.doesNotMatch(text, /\p{M}{9}/u);
      assert.ok(text.isWellFormed());
      const line = foreignLine(raw, maxChars);
      assert.ok(line.length <= maxChars);
      assert.doesNotMatch(line, acts);
      assert.doesNotMatch(line, /[\t\n]/);
      assert.equal(line, line.trim());
    }),
    { numRuns: 5_000 },
  );
});

test("what was made harmless once stays as it is", () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 1, max: 120 }), (raw, maxChars) => {
      const text = foreignText(raw, maxChars);
      assert.equal(foreignText(text, maxChars), text);
      const line = foreignLine(raw, maxChars);
      assert.equal(foreignLine(line, maxChars), line);
    }),
    { numRuns: 5_000 },
  );
});

test("plain text stays as it is: other alphabets, pictures and brackets included", () => {
  const family = "👨\u200d👩\u200d👧";
  for (const text of ["", "ok", "[31m is no colour", "äöü 日本語 ✓", "שלום", "می\u200cخواهم", family, "❤\ufe0f"])
    assert.equal(foreignText(text, 100), text);
  assert.equal(foreignText("a\tb\r\nc", 100), "a\tb\nc");
});

test("colours go, and what would act is shown in words", () => {
  assert.equal(foreignText(`${esc}[1;31mred${esc}[0m`, 100), "red");
  assert.equal(foreignText(`${esc}]0;root@host${bell}`, 100), "␛]0;root@host␇");
  assert.equal(foreignText(`${esc}]8;;http://x${esc}\\link`, 100), "␛]8;;http://x␛\\link");
  assert.equal(foreignText("nosj\u202e.exe\0", 100), "nosj⟨U+202E⟩.exe␀");
  assert.equal(foreignText("ad\u200bmin ad\u200cmin", 100), "ad⟨U+200B⟩min ad⟨U+200C⟩min");
  assert.equal(foreignText("over\rwritten", 100), "over␍written");
});

test("a line is one line", () => {
  assert.equal(foreignLine(" two\r\n lines \t here\u2028\n"), "two lines here");
  assert.equal(foreignLine(` ${esc}[0m\n`), "");
});

test("cut text tells how much is missing, and a megabyte costs no more than what is shown of it", () => {
  const line = foreignLine("x".repeat(1_000_000), 60);
  assert.equal(line, `${"x".repeat(37)}… (+999963 characters)`);
  assert.equal(foreignLine("x".repeat(50), 20), `${"x".repeat(19)}…`);
  assert.match(foreignText(`a${"\u0301".repeat(1_000_000)}`, 60), /^a\u0301{8}⟨more marks⟩/);
});

test("every string of a plain value is made harmless, names of fields too, and nothing is taken for a prototype", () => {
  const value = JSON.parse(`{"a\\u202e": ["\\u0000", 1, null, {"__proto__": {"polluted": "\\u001b"}}]}`) as unknown;
  const plain = foreignDeep(value, 100);
  assert.equal(JSON.stringify(plain), '{"a⟨U+202E⟩":["␀",1,null,{"__proto__":{"polluted":"␛"}}]}');
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});
