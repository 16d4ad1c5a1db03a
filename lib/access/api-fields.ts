import type { ApiField } from "#lib/wire/api-reference.ts";

/** What is read of a JSON Schema, as OpenAPI 3.1 carries it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
}

/** Deeper than this, a table helps nobody. */
const deepest = 4;
/** Where no bound is meant, JSON Schema tells the largest whole number that is exact. */
const unbounded = Number.MAX_SAFE_INTEGER;

/** All values of a schema, a line each, those of an object under it. Named shapes are told by name. */
export function fieldsOf(schema: Schema, prefix = "", depth = 0): ApiField[] {
  if (depth > deepest || schema.$ref !== undefined) return [];
  const inner = choicesOf(schema).flatMap((choice) => {
    if (choice.$ref !== undefined) return [];
    if (choice.items !== undefined) return fieldsOf(choice.items, `${prefix}[]`, depth + 1);
    return Object.entries(choice.properties ?? {}).flatMap(([key, value]) => {
      const name = prefix === "" ? key : `${prefix}.${key}`;
      const required = choice.required?.includes(key) ?? false;
      return [
        { name, type: typeWords(value), required, about: boundWords(value) },
        ...fieldsOf(value, name, depth + 1),
      ];
    });
  });
  return merged(inner);
}

/** What a value may be: `string`, `"a" | "b"`, `Board`, `list of Run`, `map of string`. */
export function typeWords(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1) ?? "";
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  const choices = choicesOf(schema);
  if (choices.length > 1 || choices[0] !== schema) return [...new Set(choices.map(typeWords))].join(" | ");
  if (schema.items !== undefined) return `list of ${typeWords(schema.items)}`;
  const { additionalProperties: values } = schema;
  if (typeof values === "object" && schema.properties === undefined && Object.keys(values).length > 0)
    return `map of ${typeWords(values)}`;
  const type = typeof schema.type === "string" ? schema.type : (schema.type?.join(" | ") ?? "anything");
  return type === "integer" ? "whole number" : type;
}

function boundWords({ description, default: usual, ...schema }: Schema): string {
  const inside = choicesOf(schema).find(({ type }) => type !== "null") ?? schema;
  const { minimum, maximum, minLength, maxLength, maxItems, pattern, format } = inside;
  const most = (value: number | undefined) => (value === unbounded ? undefined : value);
  return [
    description,
    usual === undefined ? undefined : `by default ${JSON.stringify(usual)}`,
    range(minimum === -unbounded ? undefined : minimum, most(maximum), ""),
    range(minLength === undefined || minLength <= 1 ? undefined : minLength, most(maxLength), " characters"),
    range(undefined, most(maxItems), " entries"),
    format,
    pattern !== undefined && pattern.length <= 30 ? `like ${pattern}` : undefined,
  ]
    .filter((words) => words !== undefined && words !== "")
    .join("; ");
}

function range(least: number | undefined, most: number | undefined, unit: string): string {
  if (least !== undefined && most !== undefined) return `${least} to ${most}${unit}`;
  if (most !== undefined) return `at most ${most}${unit}`;
  return least === undefined || least === 0 ? "" : `at least ${least}${unit}`;
}

export function choicesOf(schema: Schema): readonly Schema[] {
  return schema.oneOf ?? schema.anyOf ?? schema.allOf ?? [schema];
}

/** Of choices, a value that several have stands once, with all that it may be; it is required where each asks for it. */
function merged(fields: readonly ApiField[]): ApiField[] {
  const byName = Map.groupBy(fields, ({ name }) => name);
  return [...byName.values()].map((same) => ({
    name: same[0]?.name ?? "",
    type: [...new Set(same.map(({ type }) => type))].join(" | "),
    required: same.every(({ required }) => required),
    about: [...new Set(same.map(({ about }) => about).filter(Boolean))].join("; or "),
  }));
}

/** A value that the schema takes: its own example or default, or the plainest there is. Only what is required stands in it. */
export function exampleOf(schema: Schema, name = ""): unknown {
  const { examples, const: fixed, enum: words } = schema;
  if (examples?.[0] !== undefined) return examples[0];
  if (fixed !== undefined) return fixed;
  if (words !== undefined) return words[0];
  const [choice = schema] = choicesOf(schema).filter(({ type }) => type !== "null");
  if (choice !== schema) return exampleOf(choice, name);
  if (schema.properties !== undefined) {
    const wanted = Object.entries(schema.properties).filter(([key]) => schema.required?.includes(key));
    return Object.fromEntries(wanted.map(([key, value]) => [key, exampleOf(value, key)]));
  }
  switch (schema.type) {
    case "string":
      return schema.format === "email" || name === "email" ? "ann@example.com" : `<${name === "" ? "text" : name}>`;
    case "integer":
    case "number":
      return Math.max(schema.minimum ?? 1, 1);
    case "boolean":
      return true;
    case "array":
      return schema.items === undefined ? [] : [exampleOf(schema.items, name)];
    default:
      return {};
  }
}
