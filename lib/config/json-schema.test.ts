import assert from "node:assert/strict";
import { test } from "node:test";
import { configJsonSchema, type JsonSchema, schemasAt } from "#lib/config/json-schema.ts";
import { registry } from "#lib/integrations/registry.ts";

const schema = configJsonSchema(registry);
const services = schema.properties?.services?.items?.oneOf ?? [];

test("each kind has one branch that its `kind` alone chooses", () => {
  assert.deepEqual(
    services.map((service) => service.properties?.kind?.const),
    Object.keys(registry),
  );
  for (const service of services) {
    assert.ok(service.required?.includes("id") && service.required.includes("kind"));
    assert.equal(service.additionalProperties, false);
  }
});

test("an editor finds a description of every key", () => {
  const undescribed: string[] = [];
  const visit = (node: JsonSchema, path: string): void => {
    for (const [key, property] of Object.entries(node.properties ?? {})) {
      const branches = [property, ...(property.anyOf ?? [])];
      if (!branches.some(({ description }) => description)) undescribed.push(`${path}.${key}`);
      visit(property, `${path}.${key}`);
    }
    for (const inner of [node.items, ...(node.anyOf ?? []), ...(node.oneOf ?? [])]) if (inner) visit(inner, path);
    if (typeof node.additionalProperties === "object") visit(node.additionalProperties, `${path}.*`);
  };
  visit(schema, "");
  assert.deepEqual(undescribed, []);
});

test("defaults are those of the schema that reads the file", () => {
  assert.equal(schemasAt(schema, ["hosts", "any", "port"])[0]?.default, 22);
  assert.equal(schemasAt(schema, ["defaults", "interval"])[0]?.default, "10s");
});

test("what may stand at a path is found through lists, choices and free names", () => {
  assert.deepEqual(schemasAt(schema, ["services", 0, "constructor"]), []);
  assert.deepEqual(schemasAt(schema, ["hosts", "web-01", "hostKey", 0])[0]?.type, "string");
  assert.deepEqual(schemasAt(schema, ["nowhere"]), []);
});
