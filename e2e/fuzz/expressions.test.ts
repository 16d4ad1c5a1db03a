import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

const root = path.join(import.meta.dirname, "../..");

/** Where an expression is built at run time, and why what it is built from is nobody else's. */
const built: Readonly<Record<string, string>> = {
  "lib/core/foreign-text.ts": "our own classes of characters, and one code of a control character",
  "lib/views/seen.ts": "names of services, each escaped, joined by alternatives without repetition",
  "lib/config/redactor.ts": "values of secrets, each escaped, joined by alternatives without repetition",
};

test("no expression is built from configuration or foreign bytes, but by RE2, whose time is linear", () => {
  const found = ["lib", "app", "components"].flatMap((top) =>
    readdirSync(path.join(root, top), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file) && !file.startsWith("store/client/"))
      .map((file) => `${top}/${file}`)
      .filter((file) => /\bRegExp\(/.test(readFileSync(path.join(root, file), "utf8"))),
  );
  assert.deepEqual(
    found.filter((file) => built[file] === undefined),
    [],
  );
});
