import { z } from "zod";
import { accessSchema } from "#lib/config/access-schema.ts";
import { proxySchema, tlsSchema, urlSchema } from "#lib/config/front-schema.ts";
import { healingSchema } from "#lib/config/heal-schema.ts";
import { maintenanceSchema } from "#lib/config/maintenance-schema.ts";
import { remembered } from "#lib/config/remembered.ts";
import {
  auditSchema,
  defaultsSchema,
  eventsSchema,
  historySchema,
  hostSchema,
  reachSchema,
  rulesSchema,
  serviceSchema,
} from "#lib/config/schema.ts";
import { type Integration, type Manifest, mayBeStarted } from "#lib/integrations/integration.ts";
import { runbookSchema } from "#lib/integrations/runbook-schema.ts";
import type { ProviderKind } from "#lib/secrets/provider.ts";
import { providerKinds } from "#lib/secrets/registry.ts";

/** The part of JSON Schema 2020-12 that zod emits and this project reads back. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly examples?: readonly unknown[];
}

/** JSON Schema of pitwall.yaml for editors: one branch per kind, with what each key means and its default. */
export function configJsonSchema(registry: Readonly<Record<string, Integration>>): JsonSchema {
  // Steps hold steps: what they refer to stands at the root of the document.
  const { $defs, ...runbook } = inputSchema(runbookSchema);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "pitwall.yaml",
    description: "What Pitwall watches and how it gets there.",
    type: "object",
    properties: {
      url: inputSchema(urlSchema),
      tls: { description: "Makes Pitwall speak TLS by itself.", ...inputSchema(tlsSchema) },
      proxy: { description: "The proxy that Pitwall stands behind.", ...inputSchema(proxySchema) },
      hosts: {
        description: "Machines that are reached by ssh, by name. `local` is the machine Pitwall runs on.",
        type: "object",
        additionalProperties: inputSchema(hostSchema),
      },
      secrets: {
        description: "Where secrets come from beside `env:` and `file:`, by the name that references begin with.",
        type: "object",
        additionalProperties: { oneOf: Object.values(providerKinds).map((kind) => providerJsonSchema(kind)) },
      },
      reach: {
        description: "What Pitwall may ask: it refuses loopback, link-local and the like unless they are named here.",
        ...inputSchema(reachSchema),
      },
      defaults: { description: "What holds for services that do not say otherwise.", ...inputSchema(defaultsSchema) },
      history: { description: "How long what was seen is kept.", ...inputSchema(historySchema) },
      events: { description: "Markers from outside, like deploys.", ...inputSchema(eventsSchema) },
      audit: { description: "How long the audit log is kept.", ...inputSchema(auditSchema) },
      access: { description: "Signing in.", ...inputSchema(accessSchema) },
      heal: { description: "What holds for all heal rules.", ...inputSchema(healingSchema) },
      maintenance: {
        description: "Planned work, once or by a rule: meanwhile the trouble of what it covers does not count.",
        type: "array",
        items: inputSchema(maintenanceSchema),
      },
      runbooks: {
        description: "Ordered lists of checks and actions for a symptom; the kinds bring some of their own.",
        type: "array",
        items: runbook,
      },
      services: {
        description: "What is watched, in the order of the board.",
        type: "array",
        items: { oneOf: Object.values(registry).map((integration) => serviceJsonSchema(integration)) },
      },
    },
    required: ["services"],
    additionalProperties: false,
    $defs,
  };
}

/** All keys of an entry under `secrets`; `provider` may be left out where the entry is named like it. */
export const providerJsonSchema = remembered(({ kind, about, config }: ProviderKind): JsonSchema => {
  const own = inputSchema(config);
  return {
    ...own,
    title: kind,
    description: about,
    properties: { provider: { description: about, const: kind }, ...own.properties },
  };
});

/** All keys of a service of one kind: those that every service has, the kind's own, and its rules. */
export const serviceJsonSchema = remembered(({ manifest }: Integration): JsonSchema => {
  const base = inputSchema(serviceSchema);
  const own = inputSchema(manifest.config);
  const rules = {
    description: serviceSchema.shape.rules.description ?? "",
    ...inputSchema(rulesSchema(manifest.rules)),
  };
  return {
    title: manifest.title,
    description: manifest.about,
    type: "object",
    properties: {
      ...own.properties,
      ...base.properties,
      heal: healJsonSchema(base.properties?.heal ?? {}, manifest),
      kind: { description: `${manifest.title}: ${manifest.about}`, const: manifest.kind },
      rules,
    },
    required: [...new Set([...(base.required ?? []), ...(own.required ?? [])])],
    additionalProperties: false,
  };
});

/** An editor offers the kind's own rules; of actions also those that the team declares are possible, so no list of them is. */
function healJsonSchema(schema: JsonSchema, manifest: Manifest): JsonSchema {
  const { items = {} } = schema;
  const { when = {}, action = {} } = items.properties ?? {};
  const properties = {
    ...items.properties,
    when: { ...when, enum: manifest.rules.map(({ id }) => id) },
    action: { ...action, examples: mayBeStarted(manifest) },
  };
  return { ...schema, items: { ...items, properties } };
}

/** The JSON Schema of what may be written, before defaults and conversions. */
export const inputSchema = remembered((schema: z.ZodType): JsonSchema => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  return rest as JsonSchema;
});

/** The same with each reference replaced by what it refers to: a circle where a schema holds itself. */
export const linkedSchema = remembered((schema: z.ZodType): JsonSchema => {
  const { $defs = {}, ...root } = inputSchema(schema) as JsonSchema & { $defs?: Record<string, JsonSchema> };
  const made = new Map<string, JsonSchema>();
  const defined = (reference: string): JsonSchema => {
    const name = reference.slice("#/$defs/".length);
    const known = made.get(name);
    if (known !== undefined) return known;
    const { $ref, ...raw } = $defs[name] ?? {};
    if (typeof $ref === "string") return defined($ref);
    const own: JsonSchema = {};
    made.set(name, own);
    return Object.assign(own, link(raw));
  };
  const link = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(link);
    if (typeof node !== "object" || node === null) return node;
    if ("$ref" in node && typeof node.$ref === "string") return defined(node.$ref);
    return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, link(inner)]));
  };
  return link(root) as JsonSchema;
});

/** The schemas that may stand at `path`; several where the document offers a choice. Empty when nothing may. */
export function schemasAt(schema: JsonSchema, path: readonly (string | number)[]): JsonSchema[] {
  const here = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  const [step, ...rest] = path;
  const branches = here.flatMap((branch) => schemasAt(branch, path));
  if (step === undefined) return [schema, ...branches];
  const next =
    typeof step === "number"
      ? schema.items
      : schema.properties !== undefined && Object.hasOwn(schema.properties, step)
        ? schema.properties[step]
        : typeof schema.additionalProperties === "object"
          ? schema.additionalProperties
          : undefined;
  return [...(next === undefined ? [] : schemasAt(next, rest)), ...branches];
}
