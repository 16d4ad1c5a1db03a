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

test("a secret disappears in hex, in HTML, and escaped twice over", () => {
  const secret = `it's "a" <b> & c/d!`;
  const redact = redactor([secret]);
  const html = secret
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
  const forms = [
    Buffer.from(secret).toString("hex"),
    Buffer.from(secret).toString("hex").toUpperCase(),
    html,
    html.replaceAll("'", "&#39;"),
    JSON.stringify(JSON.stringify({ secret })),
    encodeURI(secret),
    encodeURIComponent(secret).replaceAll("'", "%27").replaceAll("!", "%21"),
  ];
  for (const form of forms) assert.ok(redact(`<${form}>`).includes(redacted), form);
});

test("what a bound left of a secret at the edge of a text goes as well", () => {
  const secret = "correct-horse-battery-staple";
  const redact = redactor([secret]);
  for (let kept = 6; kept < secret.length; kept += 1) {
    const head = redact(`the server said: ${secret.slice(0, kept)}…`);
    assert.equal(head, `the server said: ${redacted}…`);
    const tail = redact(`…${secret.slice(-kept)} was refused`);
    assert.equal(tail, `…${redacted} was refused`);
    assert.ok(!redact("x".repeat(4_000 - kept) + secret.slice(0, kept)).includes(secret.slice(0, kept)));
  }
  assert.equal(redact("a text that ends with correct"), "a text that ends with correct");
});

test("no cut of a secret with text around it shows six letters of it in a row at the cut", () => {
  const letters = fc.string({
    unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz0123456789"),
    minLength: 12,
    maxLength: 40,
  });
  fc.assert(
    fc.property(letters, fc.integer({ min: 6, max: 11 }), (secret, kept) => {
      fc.pre(!"the server said: ".includes(secret.slice(0, 6)));
      return !redactor([secret])(`the server said: ${secret.slice(0, kept)}…`).includes(secret.slice(0, kept));
    }),
  );
});
