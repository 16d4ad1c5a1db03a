import type { z } from "zod";
import { type JsonSchema, schemasAt } from "#lib/config/json-schema.ts";
import { nearest } from "#lib/config/nearest.ts";
import type { Path } from "#lib/config/yaml-source.ts";

/** A problem by its place in the document, before it gets a line. */
export interface Complaint {
  readonly path: Path;
  /** Whether the key itself is wrong, and not what it holds. */
  readonly at: "key" | "value";
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
  readonly nearest?: string;
}

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

/** The choice whose own type fits, so that its details are what is wrong. */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return branches.find(
    (issues) =>
      issues.length > 0 &&
      issues.every((issue) => issue.path.length > 0 || issue.code === "unrecognized_keys" || issue.code === "custom"),
  );
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
  const hint = near === undefined ? "" : ` — did you mean \`${near}\`?`;
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

function isNumber(options: readonly JsonSchema[]): boolean {
  return options.some((one) => one.type === "number" || one.type === "integer");
}

/** `duration` of the integrations' fields is a text with a pattern; converted values keep no example to know it by. */
function isDuration(schema: JsonSchema): boolean {
  return schema.type === "string" && `${schema.pattern ?? ""}`.includes("ms|s|min");
}

/** Words for what a schema wants at a path: `a whole number from 1 to 65535`, `one of ok, warning`. */
export function expectation(schema: JsonSchema, path: Path): string {
  const told = schemasAt(schema, path).flatMap((one) => ownExpectation(one) ?? []);
  return [...new Set(told)].join(" or ") || "something else";
}

function ownExpectation(schema: JsonSchema): string | undefined {
  if (isDuration(schema)) return "a duration like `5s`";
  const example = schema.examples?.[0];
  const such = example === undefined ? "" : ` like \`${String(example)}\``;
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined) return `one of ${schema.enum.map(String).join(", ")}`;
  switch (schema.type) {
    case "string":
      return schema.secret === true ? "a reference to a secret, env:NAME or file:path" : `text${such}`;
    case "integer":
    case "number":
      return `a${schema.type === "integer" ? " whole" : ""} number${range(schema)}`;
    case "boolean":
      return "true or false";
    case "array":
      return "a list";
    case "object":
      return schema.properties === undefined
        ? "a map"
        : `a map with the keys ${Object.keys(schema.properties).join(", ")}`;
    case "null":
      return "null";
    default:
      return undefined;
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

export function namesSecret(key: string): boolean {
  return /pass|pwd|secret|token|credential|authorization|cookie|private|api.?key|^key$/i.test(key);
}

export function describeValue(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value === "string") return `\`${bounded(value)}\``;
  return `the ${typeof value === "boolean" ? "word" : "number"} ${String(value)}`;
}

/** Short, on one line, without control characters, and without the password of an address. */
export function bounded(text: string): string {
  const line = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replace(/:\/\/[^/@\s]*@/g, "://[not shown]@");
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

function listed(valid: readonly string[]): string {
  return valid.length === 0 ? "" : `; possible are ${valid.slice(0, 24).join(", ")}`;
}

/** `services[2].interval` */
export function formatPath(path: Path): string {
  return path
    .map((step, index) => (typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${bounded(step)}`))
    .join("");
}

function quoteKey(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return "the document";
  return typeof last === "number" ? `\`${formatPath(path.slice(-2))}\`` : `\`${bounded(last)}\``;
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
