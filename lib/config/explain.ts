import type { z } from "zod";
import { bounded, type Complaint, describeValue, namesSecret, quoteKey } from "#lib/config/complaint.ts";
import { type JsonSchema, schemasAt } from "#lib/config/json-schema.ts";
import type { Path } from "#lib/config/yaml-source.ts";
import { nearest } from "#lib/core/nearest.ts";

type Issue = z.core.$ZodIssue;

/**
 * Says what a schema's issues mean to somebody who edits a file: what was expected, what was found, what was probably
 * meant. `schema` is the JSON Schema of the same value; it knows the keys and examples that an issue does not carry.
 */
export function explainIssues(issues: readonly Issue[], value: unknown, schema: JsonSchema, prefix: Path): Complaint[] {
  const explained = issues.flatMap((issue) => explain(issue, value, schema, prefix, []));
  const suggested = new Set(
    explained
      .filter((one) => one.nearest !== undefined && one.at === "key")
      .map((one) => keyOf([...one.path.slice(0, -1), one.nearest ?? ""])),
  );
  // A misspelt required key is one mistake, not two.
  return explained.filter((one) => !(one.found === undefined && one.at === "value" && suggested.has(keyOf(one.path))));
}

function explain(issue: Issue, root: unknown, schema: JsonSchema, prefix: Path, outer: Path): Complaint[] {
  const local = [...outer, ...(issue.path as Path)];
  const path = [...prefix, ...local];
  const value = valueAt(root, local);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => unknownKey(key, keysAt(schema, local), path));
    case "invalid_union": {
      const branch = likeliest(issue.errors);
      if (branch !== undefined) return branch.flatMap((inner) => explain(inner, root, schema, prefix, local));
      return [mismatch(path, value, expectation(schema, local), schema, local)];
    }
    case "invalid_key":
      return issue.issues.map((inner) => ({
        path,
        at: "key",
        message: `${quoteKey(path)} is no possible name here: ${inner.message}`,
      }));
    case "invalid_type":
    case "invalid_value":
      return [mismatch(path, value, expectation(schema, local), schema, local)];
    default:
      return [mismatch(path, value, said(issue.message) ?? expectation(schema, local), schema, local)];
  }
}

/** The choice whose own type fits, so that its details are what is wrong: first one that knows all keys, then the nearest. */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fitting = branches.filter(
    (issues) =>
      issues.length > 0 &&
      issues.every((issue) => issue.path.length > 0 || issue.code === "unrecognized_keys" || issue.code === "custom"),
  );
  const strangers = (issues: readonly Issue[]) => Number(issues.some((issue) => issue.code === "unrecognized_keys"));
  return fitting.toSorted((a, b) => strangers(a) - strangers(b) || a.length - b.length)[0];
}

export function unknownKey(key: string, valid: readonly string[], path: Path): Complaint {
  const near = nearest(key, valid);
  const hint = near === undefined ? listed(valid) : ` — did you mean \`${near}\`?`;
  return {
    path: [...path, key],
    at: "key",
    message: `unknown key \`${bounded(key)}\`${hint}`,
    ...(near === undefined ? {} : { nearest: near }),
  };
}

function mismatch(path: Path, value: unknown, expected: string, schema: JsonSchema, local: Path): Complaint {
  if (value === undefined) {
    return {
      path,
      at: "value",
      message: `${quoteKey(path)} is missing: expected ${expected.replace(/^expected /, "")}`,
      expected,
    };
  }
  const text = typeof value === "string" && isNumber(schemasAt(schema, local)) ? "the text " : "";
  const found = isSecret(schema, local) ? "[not shown]" : `${text}${describeValue(value)}`;
  const words = expected.replace(/^expected /, "");
  const sentence =
    expected.startsWith("`") || expected.includes(" must ") ? expected : `expected ${words}, found ${found}`;
  const near = nearestValue(value, schema, local);
  const hint = near === undefined ? "" : text === "" ? ` — did you mean \`${near}\`?` : " — leave out the quotes";
  return {
    path,
    at: "value",
    message: `${quoteKey(path)}: ${sentence}${hint}`,
    expected: words,
    found,
    ...(near === undefined ? {} : { nearest: near }),
  };
}

/** A bare number where a duration belongs was meant as seconds; a word near one of the possible words was meant as that. */
function nearestValue(value: unknown, schema: JsonSchema, local: Path): string | undefined {
  const options = schemasAt(schema, local);
  if (typeof value === "number" && options.some(isDuration)) return `${value}s`;
  if (typeof value !== "string") return undefined;
  if (isNumber(options) && value.trim() !== "" && Number.isFinite(Number(value))) return value.trim();
  return nearest(
    value,
    options.flatMap((one) => one.enum ?? []).filter((word) => typeof word === "string"),
  );
}

function typesOf({ type }: JsonSchema): readonly string[] {
  return typeof type === "string" ? [type] : (type ?? []);
}

function isNumber(options: readonly JsonSchema[]): boolean {
  return options.some((one) => typesOf(one).some((type) => type === "number" || type === "integer"));
}

/** `duration` of the integrations' fields is a text with a pattern; converted values keep no example to know it by. */
function isDuration(schema: JsonSchema): boolean {
  return `${schema.pattern ?? ""}`.includes("ms|s|min");
}

/** Words for what a schema wants at a path: `a whole number from 1 to 65535`, `one of ok, warning`. */
export function expectation(schema: JsonSchema, path: Path): string {
  const told = schemasAt(schema, path).flatMap((one) => ownExpectations(one));
  return [...new Set(told)].join(" or ") || "something else";
}

function ownExpectations(schema: JsonSchema): string[] {
  if (schema.const !== undefined) return [`\`${String(schema.const)}\``];
  if (schema.enum !== undefined) return [`one of ${schema.enum.map(String).join(", ")}`];
  return typesOf(schema).map((type) => expectedType(type, schema));
}

function expectedType(type: string, schema: JsonSchema): string {
  const example = schema.examples?.[0];
  switch (type) {
    case "string":
      if (isDuration(schema)) return "a duration like `5s`";
      if (schema.secret === true) return "a reference to a secret, like env:NAME or file:path";
      return `text${example === undefined ? "" : ` like \`${String(example)}\``}`;
    case "integer":
      return `a whole number${range(schema)}`;
    case "number":
      return `a number${range(schema)}`;
    case "boolean":
      return "true or false";
    case "array":
      return "a list";
    case "object":
      return schema.properties === undefined
        ? "a map"
        : `a map with the keys ${Object.keys(schema.properties).join(", ")}`;
    default:
      return type;
  }
}

function range({ minimum, maximum, exclusiveMinimum }: JsonSchema): string {
  const known = (limit: unknown): limit is number =>
    typeof limit === "number" && Math.abs(limit) < Number.MAX_SAFE_INTEGER;
  if (known(minimum) && known(maximum)) return ` from ${minimum} to ${maximum}`;
  if (known(minimum)) return ` of at least ${minimum}`;
  if (known(exclusiveMinimum)) return ` above ${exclusiveMinimum}`;
  return known(maximum) ? ` of at most ${maximum}` : "";
}

/** A schema's own sentence is worth more than what can be derived; the library's stock phrases are not. */
function said(message: string): string | undefined {
  return /^(Invalid|Too (big|small)|Unrecognized)/.test(message) ? undefined : message;
}

function keysAt(schema: JsonSchema, path: Path): string[] {
  return [...new Set(schemasAt(schema, path).flatMap((one) => Object.keys(one.properties ?? {})))];
}

/** Whether what stands there is, or may be, a secret: by the schema, or by the name of the key. */
export function isSecret(schema: JsonSchema, path: Path): boolean {
  return schemasAt(schema, path).some((one) => one.secret === true) || path.some((step) => namesSecret(`${step}`));
}

function listed(valid: readonly string[]): string {
  return valid.length === 0 ? "" : `; possible are ${valid.slice(0, 24).join(", ")}`;
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, step)
        ? (value as Record<string | number, unknown>)[step]
        : undefined,
    root,
  );
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}
