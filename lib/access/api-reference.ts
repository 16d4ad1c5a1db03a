import { exampleOf, fieldsOf, type Schema, typeWords } from "#lib/access/api-fields.ts";
import type { OpenApi } from "#lib/access/openapi.ts";
import type { ApiAnswer, ApiDoor, ApiParameter, ApiReference } from "#lib/wire/api-reference.ts";

/** The parts of the page, by the first word of an address; what is not named here comes last. */
const parts: readonly (readonly [string, readonly string[]])[] = [
  ["The board", ["board", "events", "changes", "timeline"]],
  ["Services", ["services", "poll", "heartbeats", "maintenance"]],
  ["Runs", ["runs", "automation"]],
  ["Incidents and snapshots", ["incidents", "snapshots"]],
  ["People, tokens, audit log", ["people", "tokens", "account", "audit"]],
];
const last = "Pitwall itself";

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
    readonly schema?: Schema;
  }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema?: Schema; readonly example?: unknown }>>;
  };
  readonly responses?: Readonly<
    Record<
      string,
      { readonly description?: string; readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }
    >
  >;
}

/** What the OpenAPI document says, for people to read. Pure. */
export function apiReference(document: OpenApi): ApiReference {
  const doors = Object.entries(document.paths ?? {}).flatMap(([path, at]) =>
    Object.entries(at as Readonly<Record<string, Operation>>).map(([method, operation]) =>
      doorOf(method, path, operation),
    ),
  );
  const titleOf = ({ path }: ApiDoor) => {
    const word = path.split("/")[3] ?? "";
    return parts.find(([, words]) => words.includes(word))?.[0] ?? last;
  };
  const titles = [...parts.map(([title]) => title), last];
  const groups = titles.map((title) => ({ title, doors: doors.filter((door) => titleOf(door) === title) }));
  const shapes = Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => ({
    name,
    fields: fieldsOf(schema as Schema),
  }));
  return { version: document.info.version, groups: groups.filter((group) => group.doors.length > 0), shapes };
}

function doorOf(method: string, path: string, operation: Operation): ApiDoor {
  const parameters = (operation.parameters ?? []).map((parameter): ApiParameter => {
    const [field] = fieldsOf({ properties: { [parameter.name]: parameter.schema ?? {} } });
    const place = parameter.in === "path" || parameter.in === "header" ? parameter.in : "query";
    return {
      name: parameter.name,
      type: field?.type ?? "",
      about: field?.about ?? "",
      required: parameter.required === true,
      place,
    };
  });
  const answers = Object.entries(operation.responses ?? {}).map(([status, { description = "", content = {} }]) => {
    const [[media, { schema = {} }] = ["", {}]] = Object.entries(content) as [string, { schema?: Schema }][];
    return { status, about: description, media, shape: typeWords(schema), fields: fieldsOf(schema) };
  });
  const isRefusal = ({ media }: ApiAnswer) => media === "application/problem+json";
  return {
    id: `${method}-${path
      .replace("/api/v1/", "")
      .replaceAll(/[^a-z0-9]+/gi, "-")
      .replaceAll(/^-|-$/g, "")}`,
    method: method.toUpperCase(),
    path,
    summary: operation.summary ?? "",
    needs: operation.description ?? "",
    parameters,
    body: fieldsOf(bodySchema(operation) ?? {}),
    answers: answers.filter((answer) => !isRefusal(answer)),
    refusals: answers.filter(isRefusal).map((answer) => ({ ...answer, fields: [] })),
    example: exampleOfDoor(method, path, operation, parameters),
  };
}

function bodySchema({ requestBody }: Operation): Schema | undefined {
  return requestBody?.content["application/json"]?.schema;
}

function bodyExample({ requestBody }: Operation): unknown {
  return requestBody?.content["application/json"]?.example;
}

/** As one would type it; names in the address are variables of the shell. */
function exampleOfDoor(
  method: string,
  path: string,
  operation: Operation,
  parameters: readonly ApiParameter[],
): string {
  const wanted = (place: ApiParameter["place"]) => parameters.filter((one) => one.place === place && one.required);
  const query = wanted("query").map(({ name }) => `${name}=<${name}>`);
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => `$${name.toUpperCase()}`);
  const schema = bodySchema(operation);
  const isStream = Object.values(operation.responses ?? {}).some(
    ({ content }) => content?.["text/event-stream"] !== undefined,
  );
  return [
    `curl ${isStream ? "-sN" : "-s"}${method === "post" ? " -X POST" : ""} "$PITWALL_URL${address}${query.length > 0 ? `?${query.join("&")}` : ""}"`,
    ...(operation.security?.length === 0 ? [] : [`-H "authorization: Bearer $PITWALL_TOKEN"`]),
    ...wanted("header").map(({ name }) => `-H "${name}: $(uuidgen)"`),
    ...(schema === undefined
      ? []
      : [
          `-H 'content-type: application/json'`,
          `-d '${inQuotes(JSON.stringify(bodyExample(operation) ?? exampleOf(schema)))}'`,
        ]),
  ].join(" \\\n  ");
}

/** Within single quotes of a shell. */
function inQuotes(text: string): string {
  return text.replaceAll("'", `'\\''`);
}
