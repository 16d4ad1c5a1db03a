import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

const root = path.resolve(import.meta.dirname, "../..");
const table = readFileSync(path.join(import.meta.dirname, "ASVS.md"), "utf8");
const rows = [...table.matchAll(/^\| (\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)].map(
  ([, number = "", level = "", , , holder = ""]) => ({ number, level, holder }),
);

const tests = globSync("{app,components,e2e,lib}/**/*.{test,spec}.ts", { cwd: root });
const sources = tests.map((file) => readFileSync(path.join(root, file), "utf8")).join("\n");

test("every test that the ASVS table names exists, and every row has a test or a reason", () => {
  for (const { number, holder } of rows) {
    const [, kind = "", words = ""] = /^(test|code|document|accepted|not yet|does not apply): (.+)$/.exec(holder) ?? [];
    assert.notEqual(kind, "", `${number} has neither a test nor a reason: ${holder}`);
    if (kind === "test")
      assert.ok(sources.includes(`("${words}"`), `${number} names a test that is not there: ${words}`);
    if (kind === "does not apply") assert.match(words, /^no /, number);
    if (kind === "code" || kind === "document")
      assert.ok(existsSync(path.join(root, words)), `${number} names a file that is not there: ${words}`);
  }
});

/** As ASVS 5.0.0 has them: 70 of level 1 and 183 of level 2, by chapter. */
const asked = [27, 11, 19, 10, 9, 35, 18, 7, 7, 29, 14, 9, 13, 9, 13, 16, 7];

test("the ASVS table has each requirement of levels 1 and 2 once", () => {
  assert.equal(new Set(rows.map(({ number }) => number)).size, rows.length);
  const byChapter = asked.map((_, index) => rows.filter(({ number }) => number.startsWith(`${index + 1}.`)).length);
  assert.deepEqual(byChapter, asked);
  assert.equal(rows.filter(({ level }) => level === "1").length, 70);
  assert.equal(rows.length, [...table.matchAll(/^\| \d/gm)].length, "a row is not of the table's form");
});

test("every threat has a guard with a test that exists, or is said to be open", () => {
  const threats = readFileSync(path.join(import.meta.dirname, "THREATS.md"), "utf8");
  const part = /## Threats\n([\s\S]*?)\n## /.exec(threats)?.[1] ?? "";
  const proofs = [...part.matchAll(/^\| (?!\*\*|threat )[^|]+ \| [^|]+ \| ([^|]+) \|$/gm)].map(
    ([, proof = ""]) => proof,
  );
  assert.ok(proofs.length > 30);
  for (const proof of proofs) {
    const [, kind = "", words = ""] = /^(test|code|open): (.+)$/.exec(proof) ?? [];
    assert.notEqual(kind, "", proof);
    if (kind === "test") assert.ok(sources.includes(`("${words}"`), `no test of this name: ${words}`);
    if (kind === "code") assert.ok(existsSync(path.join(root, words)), `no file of this name: ${words}`);
  }
});
