import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { fillReference, referenceTables } from "#lib/integrations/reference.ts";
import { registry } from "#lib/integrations/registry.ts";

for (const [kind, { manifest }] of Object.entries(registry)) {
  test(`the tables in the page of ${kind} say what its manifest says`, async () => {
    const text = await readFile(new URL(`./${kind}/README.md`, import.meta.url), "utf8");
    assert.equal(
      text,
      fillReference(text, referenceTables(manifest)),
      "run `npx pitwall docs` and commit what it changed",
    );
  });
}

test("what stands outside the markers is left alone, and a marker without a table is an error", () => {
  const text = "a\n<!-- generated:rules -->\nold\n<!-- /generated -->\nb\n";
  assert.equal(fillReference(text, { rules: "new" }), "a\n<!-- generated:rules -->\nnew\n<!-- /generated -->\nb\n");
  assert.throws(() => fillReference(text, {}), /no table is called rules/);
});
