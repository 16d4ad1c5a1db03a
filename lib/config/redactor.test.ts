import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { redacted, redactor } from "#lib/config/redactor.ts";

test("any secret of four characters or more is taken out of any text, whatever signs it is made of", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 4, maxLength: 40, unit: "grapheme-ascii" }), (secret) => {
      assert.equal(redactor([secret])(`«${secret}»`), `«${redacted}»`);
    }),
  );
});

test("a secret with dashes, slashes and brackets does not break the poll that uses it", () => {
  assert.equal(redactor(["nb-uH/E[W]K-O8"])("got nb-uH/E[W]K-O8"), `got ${redacted}`);
});
