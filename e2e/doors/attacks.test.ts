import assert from "node:assert/strict";
import { type IncomingHttpHeaders, request } from "node:http";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { kept } from "#e2e/doors/kept.ts";
import { idAt, queries, samples } from "#e2e/doors/samples.ts";
import { addBearer, addSession } from "#e2e/doors/seed.ts";
import { startSeededWeb, type TestWeb } from "#e2e/doors/start-web.ts";
import type { Door } from "#lib/access/doors/door.ts";
import { listDoors } from "#lib/access/doors.ts";
import { problemDto } from "#lib/wire/problem.ts";

type Row = ReturnType<typeof listDoors>[number];

/** What a template, a shell, a log, a header or a page would act on. `1787569` would be in the answer if one did. */
const forged = "2026-01-01 FORGED password accepted";
const injected = `{{1337*1337}}\${1337*1337}<%=1337*1337%>#{1337*1337}$(id)\`id\`;id|id&id'"--><svg onload=alert(1)>\r\nset-cookie: forged=1\r\n${forged}\n`;

/** Names of things that are none, as they stand in an address. */
const hostileIds = [
  "..%2f..%2f..%2fetc%2fpasswd",
  "%252e%252e%252fboard",
  "..;%2fboard",
  `x%0d%0aset-cookie:%20forged=1%0d%0a%0d%0a${encodeURIComponent(forged)}`,
  encodeURIComponent("{{1337*1337}}<%=1337*1337%>$(id)`id`;id"),
  "'%20OR%20'1'='1",
  "__proto__",
  "constructor",
  "%3Csvg%20onload=alert(1)%3E",
  "x".repeat(4_000),
];

const hostileQueries = [
  // The bare name does not even come through: Next leaves it out.
  "__proto__[polluted]=1",
  "constructor[prototype][polluted]=1",
  "at=1&at=2",
  `surprise=${encodeURIComponent(injected)}`,
  `at=${encodeURIComponent(injected)}`,
  `x=${"y".repeat(9_000)}`,
];

interface Sent {
  readonly path: string;
  readonly method: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

let web: TestWeb;
const proofs = new Map<string, Readonly<Record<string, string>>>();

before(async () => {
  web = await startSeededWeb();
});

after(async () => {
  await web?.stop();
});

/** Each door is attacked by an administrator of its own, from an address of its own: nobody but the door refuses him. */
async function attackerOf(row: Row): Promise<(sent: Sent) => Promise<Got>> {
  const at = listDoors().findIndex(({ path, method }) => path === row.path && method === row.method);
  const name = `attacker-${String.fromCharCode(97 + Math.floor(at / 26), 97 + (at % 26)).repeat(4)}`;
  const proof = proofs.get(name) ?? (await proofOf(row, name));
  proofs.set(name, proof);
  const localAddress = `127.0.78.${at + 1}`;
  return async (sent) => {
    const giveUpAt = Date.now() + 120_000;
    for (;;) {
      const got = await send(
        sent,
        { ...proof, ...(sent.body === undefined ? {} : json), ...sent.headers },
        localAddress,
      );
      if (got.status !== 429 || Date.now() > giveUpAt) return got;
      await sleep(1_000 * Number(got.headers["retry-after"] ?? 1));
    }
  };
}

async function proofOf({ path, method }: Row, name: string): Promise<Readonly<Record<string, string>>> {
  if (method === "POST" && path === "/api/v1/events")
    return { authorization: await addBearer(web.store, name, { kind: "door", door: "events" }, Date.now()) };
  if (path === "/api/v1/heartbeats/[id]") {
    const scope = { kind: "door" as const, door: "heartbeat" as const, services: ["shop"] };
    return { authorization: await addBearer(web.store, name, scope, Date.now()) };
  }
  return { cookie: await addSession(web.store, name, [{ role: "admin", group: null }], Date.now()) };
}

const json = { "content-type": "application/json" };

function send(
  { path, method, body }: Sent,
  headers: Readonly<Record<string, string>>,
  localAddress: string,
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const key = method === "POST" ? { "idempotency-key": crypto.randomUUID() } : {};
    const options = { method, localAddress, agent: false, headers: { ...key, ...headers } };
    const { origin } = new URL(web.address);
    const asked = request(origin, { ...options, path }, (answer) => {
      const chunks: Buffer[] = [];
      const done = () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text: Buffer.concat(chunks).toString("utf8"),
        });
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", done).on("close", done);
      // A stream has no end; its head says enough.
      if (answer.headers["content-type"]?.startsWith("text/event-stream")) answer.destroy();
    });
    asked.on("error", reject).end(body);
  });
}

/** Refused in the one shape of refusals, with nothing carried out and nothing put into the answer's head. */
function assertRefused({ status, headers, text }: Got, what: string, statuses?: readonly number[]): void {
  assert.ok(status >= 400 && status < 500, `${what}: ${status} ${text.slice(0, 300)}`);
  if (statuses !== undefined) assert.ok(statuses.includes(status), `${what}: ${status}, not ${statuses.join(" or ")}`);
  assert.equal(headers["content-type"], "application/problem+json", what);
  assert.equal(problemDto.parse(JSON.parse(text)).status, status, what);
  assertUntouched({ status, headers, text }, what);
}

function assertUntouched({ headers, text }: Got, what: string): void {
  assert.equal(headers["set-cookie"], undefined, what);
  assert.equal(headers["x-content-type-options"], "nosniff", what);
  for (const [name, value] of Object.entries(headers))
    assert.doesNotMatch(String(value), /forged/i, `${what}: ${name}`);
  assert.doesNotMatch(text, /1787569|uid=\d|root:x:|node_modules|\.[jt]s:\d/, what);
}

const addressOf = ({ path }: Row, id = path.includes("[id]") ? idAt(path, "shop") : "") => path.replace("[id]", id);
const cut = (text: string) => text.slice(0, 60);

describe("whatever stands where a door expects something else is refused, and changes nothing", () => {
  for (const row of listDoors()) {
    const { path, method, door } = row;
    it(`${method} ${path}`, { timeout: 590_000 }, async () => {
      const attack = await attackerOf(row);
      const well = { method, path: `${addressOf(row)}${method === "GET" ? (queries[path] ?? "") : ""}` };
      const good = method === "POST" ? { body: JSON.stringify(samples[path]?.("shop")) } : {};
      // A session is looked up once before, so that its use is noted.
      assertRefused(await attack({ ...well, method: "PUT" }), "PUT", [405]);
      const before = kept(web.store.file);
      if (path.includes("[id]")) {
        for (const id of door.limit === "run" ? hostileIds.slice(0, 4) : hostileIds) {
          const got = await attack({ ...well, ...good, path: addressOf(row, id) });
          // What ends something may also say that nothing of that name was there to end.
          if (got.text === '{"ended":0}') assertUntouched(got, cut(id));
          else assertRefused(got, cut(id), [400, 404, 414]);
        }
      }
      if (path !== "/api/v1/health/live") {
        for (const query of door.limit === "run" ? hostileQueries.slice(0, 3) : hostileQueries)
          assertRefused(await attack({ ...well, ...good, path: `${addressOf(row)}?${query}` }), cut(query), [400, 414]);
      }
      if (method === "POST") await attackBody(attack, well, JSON.stringify(samples[path]?.("shop")), door);
      for (const name of ["x-http-method-override", "x-http-method", "x-method-override"]) {
        const other = { ...well, method: method === "POST" ? "GET" : "HEAD", headers: { [name]: "POST" } };
        const got = await attack(other);
        assert.ok(got.status < 500, name);
      }
      assert.deepEqual(kept(web.store.file), before);
    });
  }
});

async function attackBody(
  attack: (sent: Sent) => Promise<Got>,
  well: Sent,
  good: string,
  { limit, form }: Door,
): Promise<void> {
  const withField = (field: string) => (good === "{}" ? `{${field}}` : `${good.slice(0, -1)},${field}}`);
  const wrong: readonly (readonly [string, string | Buffer, number, Readonly<Record<string, string>>?])[] = [
    ["own prototype", withField('"__proto__":{"polluted":true}'), 400],
    ["packed", gzipSync(good), 415, { "content-encoding": "gzip" }],
    ["named packed", good, 415, { "content-encoding": "br" }],
    [
      "form",
      "a=1&__proto__[polluted]=1",
      form === true ? 400 : 415,
      { "content-type": "application/x-www-form-urlencoded" },
    ],
    ["deep", "[".repeat(30_000) + "]".repeat(30_000), 400],
    ["constructor", withField('"constructor":{"prototype":{"polluted":true}}'), 400],
    ["a file", "--x\r\n\r\n{}\r\n--x--", 415, { "content-type": "multipart/form-data; boundary=x" }],
    ["text", good, 415, { "content-type": "text/plain" }],
    ["deep in a field", withField(`"x":${'{"a":'.repeat(9_000)}1${"}".repeat(9_000)}`), 400],
    ["a list", `[${good}]`, 400],
    ["null", "null", 400],
    ["half", good.slice(0, -1) || "{", 400],
    ["not UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 400],
    ["too much", `{"x":"${"y".repeat(70_000)}"}`, 413],
  ];
  for (const [what, body, status, headers] of limit === "run" ? wrong.slice(0, 5) : wrong)
    assertRefused(await attack({ ...well, body, ...(headers === undefined ? {} : { headers }) }), what, [status]);
}

it("no body reaches the prototype of all objects", () => {
  for (const { path, method, door } of listDoors()) {
    if (method !== "POST") continue;
    for (const text of ['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}'])
      assert.equal(Object.hasOwn(Object(door.body?.safeParse(JSON.parse(text)).data), "polluted"), false, path);
  }
  assert.equal("polluted" in {}, false);
});

it("text that acts elsewhere is text here: kept as it is or refused, and no line of the log is made of it", async () => {
  for (const row of listDoors().filter(({ method, path }) => method === "POST" && !path.endsWith("/poll"))) {
    const attack = await attackerOf(row);
    const sample = samples[row.path]?.("shop") as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(sample)) {
      const body = JSON.stringify({ ...sample, [name]: injected });
      const got = await attack({ method: "POST", path: addressOf(row), body });
      assert.ok(got.status < 500, `${row.path} ${name}: ${got.status}`);
      assertUntouched({ ...got, text: "" }, `${row.path} ${name}`);
      assert.doesNotMatch(got.text, /1787569|uid=\d/, `${row.path} ${name}`);
    }
  }
  const lines = web.said().split("\n");
  assert.deepEqual(
    lines.filter((line) => line.includes("FORGED") || line.includes("failed")),
    [],
  );
});
