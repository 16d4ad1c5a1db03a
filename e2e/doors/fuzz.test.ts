import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { arbitraryOf, type Schema } from "#e2e/doors/arbitrary-of.ts";
import { addSession, groups } from "#e2e/doors/seed.ts";
import { startSeededWeb, type TestWeb } from "#e2e/doors/start-web.ts";
import type { Door } from "#lib/access/doors/door.ts";
import { listDoors } from "#lib/access/doors.ts";
import { openApi } from "#lib/access/openapi.ts";

/** How many requests are made up for each door, the same in each run; more by `API_FUZZ_INPUTS`, others by `API_FUZZ_SEED`. */
const inputs = Number(process.env.API_FUZZ_INPUTS ?? 12);
const randomSeed = Number(process.env.API_FUZZ_SEED ?? 20261120);

let web: TestWeb;
let cookie: string;

before(async () => {
  web = await startSeededWeb();
  cookie = await addSession(web.store, "admin", [{ role: "admin", group: null }], Date.now());
});

after(async () => {
  await web?.stop();
});

const kinds = ["", "incident-", "run-", "work-", "token-", "person-"];
const known = [...groups.flatMap((group) => kinds.map((kind) => `${kind}${group}`)), "restart", "snapshot"];

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

for (const { path, method, door } of listDoors()) {
  // A poll waits for a poller, a stream for nothing, and a file is no JSON.
  if (path.endsWith("/poll") || (door as Door).stream === true || (door as Door).file !== undefined) continue;
  it(`${method} ${path} answers what its description promises, whatever it is asked`, {
    timeout: 590_000,
  }, async () => {
    const address = path.replace("[id]", "{id}");
    const told = JSON.parse(JSON.stringify(openApi("0"))) as { paths: Record<string, Record<string, Operation>> };
    const operation = told.paths[address]?.[method.toLowerCase()];
    assert.ok(operation);
    await fc.assert(
      fc.asyncProperty(requestOf(operation), async ({ id, query, body }) => {
        const search = new URLSearchParams(query.map(([name, value]): [string, string] => [name, textOf(value)]));
        const url = `${web.address}${address.replace("{id}", encodeURIComponent(id))}?${search}`;
        const { status, json } = await send(url, method, body);
        assert.ok(status < 500 || status === 503, `${status}: ${JSON.stringify(json).slice(0, 300)}`);
        // Of the front: an address in no one shape.
        if (status === 400 || status === 404) return;
        assert.ok(String(status) in operation.responses, `${status} is not told of`);
        const schema = (door as Door).answers[status];
        if (schema !== undefined) assert.deepEqual(schema.safeParse(json).error?.issues ?? [], []);
      }),
      // What makes servers do something is asked for slowly.
      { seed: randomSeed, numRuns: (door as Door).limit === "run" ? Math.ceil(inputs / 4) : inputs },
    );
  });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Dots alone are no id: by RFC 3986, 5.2.4, they lead to another address. */
function requestOf({ parameters = [], requestBody }: Operation) {
  const query = parameters
    .filter((each) => each.in === "query")
    .map(({ name, schema }) => {
      const value = fc.oneof(arbitraryOf(schema, known), fc.nat(2_000));
      return fc.option(
        value.map((each): [string, unknown] => [name, each]),
        { nil: null },
      );
    });
  const body = requestBody?.content["application/json"]?.schema;
  return fc.record({
    id: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...known) },
      { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 30 }).filter((id) => !/^\.+$/.test(id)) },
    ),
    query: fc.tuple(...query).map((all) => all.flatMap((each) => (each === null ? [] : [each]))),
    body: body === undefined ? fc.constant(undefined) : arbitraryOf(body, known),
  });
}

async function send(url: string, method: string, body: unknown): Promise<{ status: number; json: unknown }> {
  const giveUpAt = Date.now() + 120_000;
  for (;;) {
    const answer = await fetch(url, {
      method,
      headers: {
        cookie,
        ...(body === undefined ? {} : { "content-type": "application/json", "idempotency-key": crypto.randomUUID() }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const json: unknown = await answer.json().catch(() => null);
    if (answer.status !== 429 || Date.now() > giveUpAt) return { status: answer.status, json };
    await sleep(1_000 * Number(answer.headers.get("retry-after") ?? 1));
  }
}
