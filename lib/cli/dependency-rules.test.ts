import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, type TestContext, test } from "node:test";
import { packageFile, root } from "#lib/cli/root.ts";

/** Runs the project's own rules over a small tree and returns the names of those that are broken. */
function brokenRules(t: TestContext, files: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-rules-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const manifest = {
    type: "module",
    imports: { "#lib/*": "./lib/*", "#components/*": "./components/*", "#e2e/*": "./e2e/*" },
  };
  writeFileSync(
    path.join(folder, "package.json"),
    JSON.stringify({ ...manifest, dependencies: { pg: "8", react: "19" } }),
  );
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  const ran = spawnSync(
    process.execPath,
    [
      packageFile("dependency-cruiser/bin/dependency-cruise.mjs"),
      "--config",
      path.join(root, ".dependency-cruiser.js"),
      "--output-type",
      "json",
      ...new Set(Object.keys(files).map((name) => name.split("/")[0] ?? "")),
    ],
    { cwd: folder, encoding: "utf8" },
  );
  const report = JSON.parse(ran.stdout) as { summary: { violations: { rule: { name: string } }[] } };
  return [...new Set(report.summary.violations.map(({ rule }) => rule.name))].sort();
}

const value = "export const value = 1;\n";
const panel = `import { value } from "./parse.ts";\nexport default function Panel() {\n  return <p className="x">{value}</p>;\n}\n`;

test("a tree that keeps the rules passes, elements in it included", (t) => {
  const files = {
    "lib/core/status.ts": value,
    "lib/integrations/a/parse.ts":
      'import type { value as V } from "#lib/core/status.ts";\nexport const value: typeof V = 1;\n',
    "lib/integrations/a/panel.tsx": panel,
    "components/ui/button.tsx": 'export function Button() {\n  return <button type="button">x</button>;\n}\n',
  };
  assert.deepEqual(brokenRules(t, files), []);
});

const planted: readonly (readonly [rule: string, from: string, to: string])[] = [
  ["core-is-pure", "lib/core/x.ts", "lib/store/x.ts"],
  ["nothing-imports-app", "lib/views/x.ts", "app/x.ts"],
  ["no-integration-imports-another", "lib/integrations/a/x.ts", "lib/integrations/b/x.ts"],
  ["integrations-stand-alone", "lib/integrations/a/collector.ts", "lib/transports/http.ts"],
  ["panels-are-browser-code", "lib/integrations/a/panel.tsx", "components/board/x.ts"],
  ["components-run-in-browsers", "components/board/x.tsx", "lib/store/x.ts"],
  ["wire-is-client-safe", "lib/wire/x.ts", "lib/store/x.ts"],
  ["transports-know-only-core", "lib/transports/x.ts", "lib/config/x.ts"],
  ["views-read-commands-write", "lib/commands/x.ts", "lib/poller/x.ts"],
  ["views-do-not-write", "lib/views/x.ts", "lib/commands/x.ts"],
  ["product-imports-no-tests", "lib/poller/x.ts", "e2e/lab/x.ts"],
];

describe("a planted violation is found", () => {
  for (const [rule, from, to] of planted) {
    test(rule, (t) => {
      const broken = brokenRules(t, {
        [from]: `import { value } from "#${to}";\nexport const other = value;\n`.replace("#app/", "../../app/"),
        [to]: value,
      });
      assert.ok(broken.includes(rule), `found only: ${broken.join(", ")}`);
    });
  }

  test("only-transports-reach-out", (t) => {
    for (const module of ["pg", "node:http", "node:https"]) {
      const broken = brokenRules(t, {
        "lib/integrations/a/collector.ts": `import * as it from "${module}";\nexport default it;\n`,
      });
      assert.deepEqual(broken, ["only-transports-reach-out"], module);
    }
  });

  test("only-the-store-knows-prisma", (t) => {
    const files = {
      "lib/views/x.ts":
        'import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";\nexport default PrismaBetterSqlite3;\n',
    };
    assert.deepEqual(brokenRules(t, files), ["only-the-store-knows-prisma"]);
  });

  test("no-circular", (t) => {
    const files = {
      "lib/core/a.ts": 'import { b } from "#lib/core/b.ts";\nexport const a = () => b;\n',
      "lib/core/b.ts": 'import { a } from "#lib/core/a.ts";\nexport const b = () => a;\n',
    };
    assert.deepEqual(brokenRules(t, files), ["no-circular"]);
  });

  test("by a type, by an inner dynamic import and by a re-export as well", (t) => {
    for (const text of [
      'import type { value } from "#lib/store/x.ts";\nexport type V = typeof value;\n',
      'export async function load() {\n  using it = await import("#lib/store/x.ts");\n  return it;\n}\n',
      'export type V = import("#lib/store/x.ts").V;\n',
      'export { value } from "#lib/store/x.ts";\n',
    ]) {
      const broken = brokenRules(t, { "lib/core/x.ts": text, "lib/store/x.ts": value });
      assert.deepEqual(broken, ["core-is-pure"], text);
    }
  });
});
