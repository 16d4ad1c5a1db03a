import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parseSync } from "@swc/core";
import { findPump } from "#e2e/fuzz/pump.ts";

const root = path.join(import.meta.dirname, "../..");
const sources = globSync("{lib,app,components}/**/*.{ts,tsx}", { cwd: root }).filter(
  (file) => !/\.test\.tsx?$/.test(file) && !file.startsWith("lib/store/client/"),
);

/** Where an expression is built at run time, and why what it is built from is nobody else's. */
const built: Readonly<Record<string, string>> = {
  "lib/core/foreign-text.ts": "our own classes of characters, and one code of a control character",
  "lib/views/seen.ts": "names of services, each escaped, joined by alternatives without repetition",
  "lib/config/redactor.ts": "values of secrets, each escaped, joined by alternatives without repetition",
};

test("no expression is built from configuration or foreign bytes, but by RE2, whose time is linear", () => {
  const found = sources.filter((file) => /\bRegExp\(/.test(readFileSync(path.join(root, file), "utf8")));
  assert.deepEqual(
    found.filter((file) => built[file] === undefined),
    [],
  );
});

test("no expression of ours takes more than in proportion to the length of a text", () => {
  const slow: string[] = [];
  for (const [literal, { expression, files }] of literalsOf(sources)) {
    const pump = findPump(expression, 1);
    if (pump === null) continue;
    const text = `${JSON.stringify(pump.before)} + ${JSON.stringify(pump.unit)} × n + ${JSON.stringify(pump.after)}`;
    slow.push(`${literal} in ${[...files].join(", ")}: ${text} grows ×${pump.growth.toFixed(0)} with ×4`);
  }
  assert.deepEqual(slow, []);
});

test("an expression that is slow is found to be, by its own pieces", () => {
  for (const slow of [/(a+)+$/, /^(\w+\s?)*$/, /\s+$/, /x.*y.*z/, /^\d+(?:\.\d+)*\.?\d+:$/]) {
    assert.notEqual(findPump(slow, 1), null, String(slow));
  }
  for (const fast of [/^a+$/, /^\d{1,5}$/, /a|b/g, /[^a-z]/]) assert.equal(findPump(fast, 1), null, String(fast));
});

interface Literal {
  readonly expression: RegExp;
  readonly files: Set<string>;
}

/** Every expression that stands in these files, read by a parser of the language, so that none can be forgotten. */
function literalsOf(files: readonly string[]): Map<string, Literal> {
  const found = new Map<string, Literal>();
  for (const file of files) {
    const source = readFileSync(path.join(root, file), "utf8");
    const keep = (node: unknown): void => {
      if (typeof node !== "object" || node === null) return;
      if ("type" in node && node.type === "RegExpLiteral" && "pattern" in node && "flags" in node) {
        const expression = new RegExp(String(node.pattern), String(node.flags));
        const literal = found.get(String(expression)) ?? { expression, files: new Set() };
        literal.files.add(file);
        found.set(String(expression), literal);
      }
      for (const inner of Object.values(node)) keep(inner);
    };
    keep(parseSync(source, { syntax: "typescript", tsx: file.endsWith("x") }));
  }
  return found;
}
