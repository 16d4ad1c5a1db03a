import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

const root = path.resolve(import.meta.dirname, "../..");

test("every test that the ASVS table names exists, and every row has a test or a reason", () => {
  const tests = globSync("{app,components,e2e,lib}/**/*.{test,spec}.ts", { cwd: root });
  const sources = tests.map((file) => readFileSync(path.join(root, file), "utf8")).join("\n");
  const table = readFileSync(path.join(import.meta.dirname, "ASVS.md"), "utf8");
  const rows = [...table.matchAll(/^\| (\d+\.\d+\.\d+) \| (.+) \|$/gm)];
  assert.ok(rows.length > 0);
  for (const [, number = "", words = ""] of rows) {
    const [, title] = /test: (.+)$/.exec(words) ?? [];
    if (title === undefined) assert.match(words, /^does not apply: no /, number);
    else assert.ok(sources.includes(`("${title}"`), `${number} names a test that is not there: ${title}`);
  }
});
