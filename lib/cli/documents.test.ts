import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { parse } from "yaml";
import { generatedPages } from "#lib/cli/docs.ts";
import { root } from "#lib/cli/root.ts";
import { parseConfig } from "#lib/config/parse-config.ts";
import { rootKeys } from "#lib/config/schema.ts";
import { ok } from "#lib/core/result.ts";
import { fillReference } from "#lib/integrations/reference.ts";
import { registry } from "#lib/integrations/registry.ts";

const documents = globSync("{*.md,{app,components,e2e,lib,prisma,public}/**/*.md}", { cwd: root });

test("every command that a document names exists", () => {
  const scripts = Object.keys(JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")).scripts);
  const help = execFileSync(process.execPath, [path.join(root, "lib/cli/main.ts"), "help"], { encoding: "utf8" });
  const commands = [...help.matchAll(/^ {2}([a-z-]+)[ [<]/gm)].map(([, name = ""]) => name);
  for (const document of documents) {
    const text = readFileSync(path.join(root, document), "utf8");
    for (const [, name = ""] of text.matchAll(/\bnpm run (?:-s )?([a-z:-]+)/g)) {
      assert.ok(scripts.includes(name), `${document}: npm run ${name}`);
    }
    for (const [, name = ""] of text.matchAll(/\bnpx pitwall ([a-z-]+)/g)) {
      assert.ok(commands.includes(name), `${document}: npx pitwall ${name}; there are ${commands.join(", ")}`);
    }
  }
});

test("tables that schemas fill say what the schemas say", () => {
  for (const { page, tables } of generatedPages()) {
    const text = readFileSync(path.join(root, page), "utf8");
    assert.equal(text, fillReference(text, tables), `${page}: run \`npx pitwall docs\` and commit what it changed`);
  }
});

test("every file that a document links to exists", () => {
  for (const document of documents) {
    const text = readFileSync(path.join(root, document), "utf8");
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#\s]+)[^)]*\)/g)) {
      assert.doesNotThrow(
        () => readFileSync(path.join(root, path.dirname(document), target)),
        `${document}: ${target}`,
      );
    }
  }
});

// Those in the pages of the kinds are held to the kinds' schemas by the contract of integrations.
test("every piece of pitwall.yaml in the README, and in the page on heals, is accepted", () => {
  const pages = ["README.md", "lib/remediation/README.md"].map((page) => readFileSync(path.join(root, page), "utf8"));
  const pieces = [...pages.join("\n").matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, text = ""]) => text);
  assert.ok(pieces.length > 5);
  for (const text of pieces) assert.deepEqual(problemsOf(whole(text)), [], text);
});

/** Keys of the file's top level; a piece with others shows keys of a service. */
const topLevel: readonly string[] = [...rootKeys, "refuse"];

/** A piece as it would stand in a whole file: with services for it to speak of. */
function whole(text: string): string {
  const keys = Object.keys(parse(text) ?? {});
  if (keys.includes("services")) return text.replaceAll("AAAA…", hostKey);
  const service = (id: string, more = "") =>
    `  - { id: ${id}, kind: http, group: Data, url: "http://x.test/", nodes: [{ name: web-03, address: "10.0.0.1" }]${more} }\n`;
  if (keys.every((key) => topLevel.includes(key))) {
    return `${text.replaceAll("AAAA…", hostKey)}\nservices:\n${service("pg-main")}${service("lb")}`;
  }
  const indented = text.replace(/^/gm, "    ");
  return `services:\n  - id: shop\n    kind: http\n    url: "http://x.test/"\n${indented}\n`;
}

const hostKey = "AAAAC3NzaC1lZDI1NTE5AAAAIEJrZ0gVqRv4c0mF0Uo3tWb1cVJ2mT0y3oJb0wqkQ9aR";

function problemsOf(text: string): string[] {
  const config = parseConfig(text, "/etc/pitwall/pitwall.yaml", registry, () => ok("secret"));
  return config.ok ? [] : config.error.map(({ line, message }) => `${line}: ${message}`);
}
