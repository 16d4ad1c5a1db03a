import type { z } from "zod";
import { bounded, type Complaint } from "#lib/config/complaint.ts";
import { type JsonSchema, schemasAt } from "#lib/config/json-schema.ts";
import type { HostConfig } from "#lib/config/model.ts";
import type { serviceSchema } from "#lib/config/schema.ts";
import type { Path } from "#lib/config/yaml-source.ts";
import { nearest } from "#lib/core/nearest.ts";
import type { RuleOverride } from "#lib/core/rule.ts";
import type { Integration } from "#lib/integrations/integration.ts";

/** A service as far as it could be read; what could not is `undefined` and already complained about. */
export interface ReadService {
  readonly path: Path;
  readonly raw: Readonly<Record<string, unknown>>;
  readonly schema: JsonSchema;
  readonly base: z.infer<typeof serviceSchema> | undefined;
  readonly config: { readonly value: unknown } | undefined;
  readonly rules: Readonly<Record<string, RuleOverride>> | undefined;
  readonly integration: Integration | undefined;
}

/** Two services of one id. */
export function checkIds(services: readonly ReadService[]): Complaint[] {
  const seen = new Set<string>();
  return services.flatMap(({ raw: { id }, path }) => {
    if (typeof id !== "string") return [];
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [
      { path: [...path, "id"], at: "value", message: `two services have the id \`${bounded(id)}\`; ids are unique` },
    ];
  });
}

/** `dependsOn` of ids that do not exist, and circles, each printed once as `a → b → a`. */
export function checkDependencies(services: readonly ReadService[]): Complaint[] {
  const ids = services.flatMap(({ raw }) => (typeof raw.id === "string" ? [raw.id] : []));
  const edges = services.flatMap(({ raw, path }) =>
    stringsOf(raw.dependsOn).map(([to, index]) => ({ from: `${raw.id}`, to, path: [...path, "dependsOn", index] })),
  );
  const unknown = edges
    .filter(({ to }) => !ids.includes(to))
    .map(({ to, path }) => noSuch("no service has the id", to, ids, path));
  const refused = services.flatMap(({ raw, path }) =>
    stringsOf(raw.refuse).flatMap(([to, index]) =>
      ids.includes(to) ? [] : [noSuch("no service has the id", to, ids, [...path, "refuse", index])],
    ),
  );
  return [
    ...unknown,
    ...refused,
    ...circles(
      edges.filter(({ to }) => ids.includes(to)),
      "services depend on each other in a circle",
    ),
  ];
}

/** `via` of hosts that do not exist, and circles of hops. */
export function checkVia(hosts: Readonly<Record<string, HostConfig>>, names: readonly string[]): Complaint[] {
  const edges = Object.values(hosts).flatMap(({ name, via }) =>
    via === null ? [] : [{ from: name, to: via, path: ["hosts", name, "via"] }],
  );
  const unknown = edges.filter(({ to }) => !names.includes(to));
  return [
    ...unknown.map(({ to, path }) => noSuch("no entry under `hosts` is named", to, names, path)),
    ...circles(edges, "hosts hop through each other in a circle"),
  ];
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly path: Path;
}

function circles(edges: readonly Edge[], words: string): Complaint[] {
  const complaints: Complaint[] = [];
  const done = new Set<string>();
  const leaving = Map.groupBy(edges, (edge) => edge.from);
  const follow = (node: string, trail: readonly string[]): void => {
    for (const edge of leaving.get(node) ?? []) {
      const start = trail.indexOf(edge.to);
      if (start >= 0) {
        const circle = [...trail.slice(start), edge.to].map(bounded).join(" → ");
        complaints.push({ path: edge.path, at: "value", message: `${words}: ${circle}` });
      } else if (!done.has(edge.to)) follow(edge.to, [...trail, edge.to]);
    }
    done.add(node);
  };
  for (const node of leaving.keys()) if (!done.has(node)) follow(node, [node]);
  return complaints;
}

/** Names of hosts in a service's own keys that `hosts:` does not have. */
export function checkHostReferences({ raw, schema, path }: ReadService, hosts: readonly string[]): Complaint[] {
  const known = ["local", ...hosts];
  return marked(schema, raw, "host")
    .filter(([, name]) => !known.includes(name))
    .map(([at, name]) => noSuch("no entry under `hosts` is named", name, known, [...path, ...at]));
}

/** Two nodes of one name could not be told apart on the board or in its history. */
export function checkNodes({ config, integration, path, raw }: ReadService): Complaint[] {
  if (config === undefined || integration === undefined) return [];
  const names = integration.manifest.nodes(config.value);
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
  return twice.map((name) => {
    const second = leaves(raw).filter(([at, value]) => at.at(-1) === "name" && value === name)[1];
    return {
      path: [...path, ...(second?.[0] ?? [])],
      at: "value",
      message: `two nodes of this service are named \`${bounded(name)}\`; give each a name of its own`,
    };
  });
}

/** Two declared actions of one id, or two entries for one unit, could not be told apart in a run. */
export function checkActionIds({ base, path }: ReadService): Complaint[] {
  const again = (list: readonly string[], key: string, words: (one: string) => string): Complaint[] =>
    list.flatMap((one, index) =>
      list.indexOf(one) === index
        ? []
        : [{ path: [...path, key, index], at: "value" as const, message: words(bounded(one)) }],
    );
  const ids = (base?.actions ?? []).map(({ id }) => id);
  const units = (base?.units ?? []).map(({ host, unit }) => `${unit} on ${host}`);
  return [
    ...again(ids, "actions", (id) => `two actions of this service have the id \`${id}\`; ids are unique`),
    ...again(units, "units", (unit) => `\`${unit}\` must be named only once`),
  ];
}

/** A name that stands for nothing, and the one that was probably meant. */
export function noSuch(words: string, name: string, known: readonly string[], path: Path): Complaint {
  const near = nearest(name, known);
  const hint = near === undefined ? "" : ` — did you mean \`${near}\`?`;
  const message = `${words} \`${bounded(name)}\`${hint}`;
  return { path, at: "value", message, found: bounded(name), ...(near === undefined ? {} : { nearest: near }) };
}

/** The texts in `value` whose schema carries the mark. */
export function marked(schema: JsonSchema, value: unknown, mark: "host" | "secret"): [Path, string][] {
  return leaves(value).flatMap(([path, leaf]): [Path, string][] =>
    typeof leaf === "string" && schemasAt(schema, path).some((one) => one[mark] === true) ? [[path, leaf]] : [],
  );
}

/** Every value in it that is no list and no map, with its path. */
export function leaves(value: unknown, path: Path = []): [Path, unknown][] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, [...path, index]));
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
}

function stringsOf(value: unknown): [string, number][] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item, index): [string, number][] => (typeof item === "string" ? [[item, index]] : []));
}
