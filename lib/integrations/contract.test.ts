import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import path from "node:path";
import { test } from "node:test";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { units } from "#lib/core/unit.ts";
import { type Integration, risks } from "#lib/integrations/integration.ts";

/** Everything that is resolved from here on: the registry is loaded afterwards, so that what a kind drags in is seen. */
const resolved: string[] = [];
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    resolved.push(found.url);
    return found;
  },
});
const { registry } = await import("#lib/integrations/registry.ts");

const here = import.meta.dirname;
const root = path.join(here, "../..");
const kebab = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const folders = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

test("every folder is a kind of the registry, and every kind is a folder", () => {
  assert.deepEqual(Object.keys(registry).sort(), folders.sort());
});

test("nothing outside a kind's folder decides by the name of a kind", () => {
  const names = folders.join("|");
  const decides = new RegExp(
    `kind\\s*[!=]==?\\s*["'\`](${names})["'\`]|["'\`](${names})["'\`]\\s*[!=]==?\\s*[\\w.]*kind`,
  );
  const cases = new RegExp(`switch \\([\\w.]*kind\\) \\{[^}]*case ["'](${names})["']`);
  for (const file of sourcesUnder("lib", "app", "components")) {
    if (folders.some((kind) => file.startsWith(path.join(here, kind)))) continue;
    const text = readFileSync(file, "utf8");
    assert.doesNotMatch(text, decides, path.relative(root, file));
    assert.doesNotMatch(text, cases, path.relative(root, file));
  }
});

for (const [kind, line] of Object.entries(registry)) {
  const { manifest } = line;
  const at = (...parts: string[]) => path.join(here, kind, ...parts);

  test(`${kind}: the manifest is named as its folder and says what it is`, () => {
    assert.match(kind, kebab);
    assert.equal(manifest.kind, kind);
    assert.ok(manifest.title.length > 0);
    assert.match(manifest.about, /^[A-Z].*\.$/);
  });

  test(`${kind}: every option is described, and an unknown one is refused`, () => {
    const undescribed = optionsWithoutWords(schemaOf(line), "");
    assert.deepEqual(undescribed, []);
    const refused = manifest.config.safeParse({ ...exampleOf(at("README.md")), surelyNoSuchOption: true });
    assert.ok(!refused.success);
    assert.ok(refused.error.issues.some((issue) => issue.code === "unrecognized_keys"));
  });

  test(`${kind}: says by which addresses and names it is found, from its configuration alone too`, () => {
    const config = manifest.config.parse(exampleOf(at("README.md")));
    const { provides, uses } = manifest.endpoints?.(config, null) ?? {};
    // What reports itself is asked by nobody, so there is no address to find it by.
    assert.ok((provides?.length ?? 0) > 0 || manifest.reports === true, "others can find it");
    for (const { words } of [...(provides ?? []), ...(uses ?? [])]) assert.match(words, /^[a-z/]/);
  });

  test(`${kind}: every metric has a title and a unit`, () => {
    for (const [id, metric] of Object.entries(manifest.metrics)) {
      assert.match(id, /^[a-z][a-z0-9_]*$/);
      assert.ok(metric.title.length > 0, id);
      assert.ok(units.includes(metric.unit), id);
    }
  });

  test(`${kind}: every rule has its own id, says what it means, and its limits rise in one direction`, () => {
    const ids = manifest.rules.map((rule) => rule.id);
    assert.deepEqual(ids, [...new Set(ids)]);
    for (const rule of manifest.rules) {
      assert.match(rule.id, kebab);
      assert.ok(rule.title.length > 0, rule.id);
      assert.match(rule.help, /\.$/, `${rule.id}: help is whole sentences`);
      if (rule.type === "fact" || rule.warning === undefined || rule.critical === undefined) continue;
      const milder = rule.raise === "above" ? rule.warning <= rule.critical : rule.warning >= rule.critical;
      assert.ok(milder, `${rule.id}: the warning comes before the critical`);
    }
  });

  test(`${kind}: the page has its tables' places and an example that is valid`, () => {
    const page = readFileSync(at("README.md"), "utf8");
    for (const table of ["options", "metrics", "rules"])
      assert.ok(page.includes(`<!-- generated:${table} -->\n`), table);
    const nodes = manifest.nodes(configOf(line, at("README.md")));
    assert.deepEqual(nodes, [...new Set(nodes)]);
    assert.ok(nodes.length > 0);
  });

  test(`${kind}: it was recorded, and one recording is hostile`, () => {
    const cases = readdirSync(at("fixtures"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of cases) {
      const files = readdirSync(at("fixtures", name));
      assert.ok(files.includes("expected.json"), `fixtures/${name} has no expected.json`);
      assert.ok(files.length > 1, `fixtures/${name} has nothing recorded`);
    }
    assert.ok(
      cases.some(({ name }) => name.includes("hostile")),
      "no recording is named hostile",
    );
  });

  test(`${kind}: collector and actions load without anything that draws`, async () => {
    const before = resolved.length;
    assert.equal(typeof (await line.collector()), "function");
    assert.ok(Array.isArray(await line.actions()));
    const loaded = resolved.slice(before);
    assert.ok(loaded.length > 0, "the module hook saw nothing");
    assert.deepEqual(
      loaded.filter((url) => /\/node_modules\/(react|react-dom|next)\/|\.tsx$/.test(url)),
      [],
    );
  });

  test(`${kind}: every action names its risk, and before the first poll offers nothing and plans nothing`, async () => {
    const actions = await line.actions();
    const config = configOf(line, at("README.md"));
    const ids = actions.map((action) => action.id);
    assert.deepEqual(ids, [...new Set(ids)]);
    for (const action of actions) {
      assert.match(action.id, kebab);
      assert.doesNotMatch(action.id, /^(own-|restart-unit$)/, "names of what teams declare");
      assert.match(action.title, /[^.…]$/);
      assert.match(action.about, /\.$/);
      assert.ok(risks.includes(action.risk));
      assert.notEqual(action.offer(config, null).blocked, null, `${action.id} is offered on nothing known`);
      const plan = action.plan(config, {}, null);
      assert.ok(!plan.ok && plan.error.kind === "no-such-object", `${action.id} plans without parameters`);
    }
  });

  test(`${kind}: what a heal rule may start is an action of its own that cannot hurt, and each no says why`, async () => {
    const actions = await line.actions();
    for (const [id, may] of Object.entries(manifest.autoheal ?? {})) {
      const action = actions.find((each) => each.id === id);
      assert.ok(action !== undefined && action.partOnly !== true, `there is no action ${id}`);
      if (may === true) assert.ok(["none", "low", "medium"].includes(action.risk), `${id} is of risk ${action.risk}`);
      else assert.match(may, /^[a-z].*[^.]$/, id);
    }
  });

  // Node does not run .tsx, so the panel is read here and rendered by the browser stories.
  test(`${kind}: the panel is one component that its line in the registry loads`, () => {
    assert.ok(existsSync(at("panel.tsx")));
    assert.match(readFileSync(at("panel.tsx"), "utf8"), /^export default function \w+Panel\(/m);
    assert.match(String(line.panel), new RegExp(`integrations/${kind}/panel\\.tsx`));
  });
}

/** The keys that every service has; the rest of an example is the kind's own. */
const commonKeys = ["id", "kind", "name", "group", "dependsOn", "interval", "timeout", "rules"];

/** The first YAML example of the page, without what every service has. */
function exampleOf(page: string): Record<string, unknown> {
  const [, text] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(page, "utf8")) ?? [];
  assert.ok(text, "the page has no example in YAML");
  const parsed = parseYaml(text) as { services: Record<string, unknown>[] };
  return Object.fromEntries(Object.entries(parsed.services[0] ?? {}).filter(([key]) => !commonKeys.includes(key)));
}

function configOf(line: Integration, page: string): unknown {
  const parsed = line.manifest.config.safeParse(exampleOf(page));
  assert.ok(parsed.success, parsed.success ? "" : z.prettifyError(parsed.error));
  return parsed.data;
}

interface SchemaNode {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
}

function schemaOf({ manifest }: Integration): SchemaNode {
  return z.toJSONSchema(manifest.config, { io: "input", unrepresentable: "any", reused: "inline" }) as SchemaNode;
}

function optionsWithoutWords(node: SchemaNode, prefix: string): string[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, option]) => [
    ...(option.description === undefined ? [`${prefix}${key}`] : []),
    ...optionsWithoutWords(option, `${prefix}${key}.`),
  ]);
  const inner = [...(node.items === undefined ? [] : [node.items]), ...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  return [...own, ...inner.flatMap((each) => optionsWithoutWords(each, prefix))];
}

function sourcesUnder(...tops: string[]): string[] {
  return tops.flatMap((top) =>
    readdirSync(path.join(root, top), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file) && !file.includes("store/client/"))
      .map((file) => path.join(root, top, file)),
  );
}
