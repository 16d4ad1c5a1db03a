import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { isAllowed, licences, lockedPackages } from "#lib/cli/licences.ts";
import { root } from "#lib/cli/root.ts";
import { sbom } from "#lib/cli/sbom.ts";

/** They come with a script that Pitwall does without: it is never run, and nothing is missing for that. */
const scriptsNeverRun = ["@prisma/engines", "@swc/core", "cpu-features", "prisma", "ssh2"];

test("no package runs code while it is installed, and one that would like to is known by name", () => {
  assert.match(readFileSync(path.join(root, ".npmrc"), "utf8"), /^ignore-scripts=true$/m);
  const asking = new Set(lockedPackages().flatMap(({ name, script }) => (script ? [name] : [])));
  assert.deepEqual([...asking].sort(), scriptsNeverRun);
});

test("every package is locked to its bytes, and comes from the public registry or wherever npm is told to look", () => {
  for (const { name, integrity, resolved } of lockedPackages()) {
    assert.match(integrity ?? "", /^sha512-/, name);
    if (resolved !== undefined) assert.equal(new URL(resolved).host, "registry.npmjs.org", name);
  }
});

test("every package of production has a licence that is allowed", () => {
  const said: string[] = [];
  const complained: string[] = [];
  const code = licences({ say: (line) => said.push(line), complain: (line) => complained.push(line) });
  assert.deepEqual(complained, []);
  assert.equal(code, 0);
  assert.ok(said.some((line) => line.startsWith("MIT: ")));
});

test("a licence that is not on the list is refused, whatever it stands beside", () => {
  for (const good of ["MIT", "(MIT OR GPL-3.0)", "MIT and ISC", "Apache-2.0 AND LGPL-3.0-or-later"])
    assert.ok(isAllowed(good), good);
  for (const bad of ["GPL-3.0", "AGPL-3.0-only", "MIT AND GPL-3.0", "unknown", "SEE LICENSE IN FILE", ""])
    assert.ok(!isAllowed(bad), bad);
});

test("the bill of materials is CycloneDX and names every package of production", async () => {
  const said: string[] = [];
  const complained: string[] = [];
  const signal = new AbortController().signal;
  const code = await sbom({ say: (line) => said.push(line), complain: (line) => complained.push(line), signal });
  assert.deepEqual({ code, complained }, { code: 0, complained: [] });
  const bill = JSON.parse(said.join("\n")) as {
    bomFormat: string;
    specVersion: string;
    components: { "bom-ref": string; name: string; version: string }[];
  };
  assert.equal(bill.bomFormat, "CycloneDX");
  const named = new Set(bill.components.map((one) => one["bom-ref"].replace(/\|.*$/, "")));
  const missing = lockedPackages().filter(({ dev, name, version }) => !dev && !named.has(`${name}@${version}`));
  assert.deepEqual(
    missing.map(({ name }) => name),
    [],
  );
});
