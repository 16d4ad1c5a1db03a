import { z } from "zod";
import type { Rule } from "#lib/core/rule.ts";
import { everyStep, listOf, type Runbook } from "#lib/core/runbook.ts";
import { formatValue } from "#lib/core/unit.ts";
import type { Manifest } from "#lib/integrations/integration.ts";
import { conditionSchema, runbookSchema, stepSchema } from "#lib/integrations/runbook-schema.ts";

/** The tables of a kind's README, made from its manifest, by the name of the marker they stand under. */
export function referenceTables(manifest: Manifest): Readonly<Record<string, string>> {
  return {
    options: optionTable(manifest.config),
    metrics: table(
      ["metric", "unit", "what it is"],
      Object.entries(manifest.metrics).map(([id, metric]) => [code(id), metric.unit, metric.title]),
    ),
    heals: table(
      ["action", "may a heal rule start it"],
      Object.entries(manifest.autoheal ?? {}).map(([id, may]) => [code(id), may === true ? "yes" : `no: ${may}`]),
    ),
    rules: table(["rule", "warning", "critical", "what it means"], manifest.rules.map(ruleRow)),
    runbooks: table(["runbook", "for", "offered by", "actions in it"], (manifest.runbooks ?? []).map(runbookRow)),
  };
}

/** The words a step of a runbook is written with, and the questions it may ask: one table each. */
export function runbookTables(): Readonly<Record<string, string>> {
  const step = tableOf(stepSchema);
  const condition = tableOf(conditionSchema);
  return { runbook: optionTable(runbookSchema), step, condition };
}

/** Of a schema that holds itself: what stands inside of it again is only named. */
function tableOf(schema: z.ZodType): string {
  const { $ref = "", $defs = {} } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as SchemaNode;
  const node = $defs[$ref.slice("#/$defs/".length)] ?? {};
  return table(
    ["key", "type", "what it is"],
    rowsOf(node, "").map(([key = "", type = "", , words = ""]) => [key, type, words]),
  );
}

/** What a schema that holds itself calls its parts. */
const namedTypes: Readonly<Record<string, string>> = { runbookCondition: "question", runbookStep: "step" };

function runbookRow({ id, title, symptom, when, steps }: Runbook): string[] {
  const actions = everyStep(steps).flatMap((step) => ("action" in step ? listOf(step.action) : []));
  const list = (ids: readonly string[]) => [...new Set(ids)].map(code).join(", ");
  return [`**${title}** (${code(id)})`, symptom, list(when), list(actions)];
}

/**
 * Puts each table between `<!-- generated:NAME -->` and `<!-- /generated -->` and leaves every other word alone.
 * A marker that no table belongs to is an error, because its text would rot.
 */
export function fillReference(text: string, tables: Readonly<Record<string, string>>): string {
  return text.replace(
    /(<!-- generated:([a-z-]+) -->\n)[\s\S]*?(<!-- \/generated -->)/g,
    (_whole, open: string, name: string, close: string) => {
      const made = tables[name];
      if (made === undefined)
        throw new Error(`no table is called ${name}; there are ${Object.keys(tables).join(", ")}`);
      return `${open}${made}\n${close}`;
    },
  );
}

interface SchemaNode {
  /** Several for a union of plain values. */
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly secret?: boolean;
  readonly host?: boolean;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, SchemaNode>>;
}

/** One row a key of a strict object, with type, default and what it is. */
export function optionTable(config: z.ZodType): string {
  const schema = z.toJSONSchema(config, { io: "input", unrepresentable: "any", reused: "inline" }) as SchemaNode;
  return table(["key", "type", "default", "what it is"], rowsOf(schema, ""));
}

/** One row a key, nested ones as `nodes[].name`. */
function rowsOf(schema: SchemaNode, prefix: string): string[][] {
  const rows = Object.entries(schema.properties ?? {}).flatMap(([key, node]) => {
    const name = `${prefix}${key}`;
    const fallback =
      node.default === undefined ? (schema.required?.includes(key) ? "required" : "") : code(asText(node.default));
    const row = [code(name), typeOf(node), fallback, node.description ?? ""];
    return [row, ...nested(node, name)];
  });
  const seen = new Set<string>();
  return [...rows, ...branches(schema).flatMap((branch) => rowsOf(branch, prefix))].filter(([key = ""]) => {
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function nested(node: SchemaNode, name: string): string[][] {
  if (node.items !== undefined) return rowsOf(node.items, `${name}[].`);
  return rowsOf(node, `${name}.`);
}

function branches(node: SchemaNode): readonly SchemaNode[] {
  return node.anyOf ?? node.oneOf ?? [];
}

function typeOf(node: SchemaNode): string {
  if (node.$ref !== undefined) return namedTypes[node.$ref.slice("#/$defs/".length)] ?? "list of steps";
  if (node.secret) return "secret reference";
  if (node.host) return "host";
  if (node.enum !== undefined) return node.enum.map((value) => code(asText(value))).join(", ");
  if (node.const !== undefined) return code(asText(node.const));
  if (node.items !== undefined) return `list of ${typeOf(node.items)}`;
  const parts = branches(node).map(typeOf);
  if (parts.length > 0) return [...new Set(parts)].join(" or ");
  if (node.properties !== undefined) return "map";
  return node.type === undefined ? "any" : [node.type].flat().join(" or ");
}

function ruleRow(rule: Rule<unknown>): string[] {
  if (rule.type === "fact") {
    const mark = (severity: string) => (rule.severity === severity ? "when seen" : "");
    return [code(rule.id), mark("warning"), mark("critical"), rule.help];
  }
  const limit = (value: number | undefined) =>
    value === undefined ? "" : `${rule.raise === "above" ? "≥" : "≤"} ${formatValue(value, rule.unit)}`;
  return [code(rule.id), limit(rule.warning), limit(rule.critical), rule.help];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function code(text: string): string {
  return `\`${text}\``;
}
