import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { type TestContext, test } from "node:test";
import { createAuthority } from "#e2e/servers/authority.ts";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { judge } from "#lib/core/rule.ts";
import { collect } from "#lib/integrations/http/collector.ts";
import { httpConfig } from "#lib/integrations/http/config.ts";
import type { HttpDetail, HttpTarget } from "#lib/integrations/http/detail.ts";
import { manifest } from "#lib/integrations/http/manifest.ts";
import { checkJsonPath } from "#lib/integrations/http/match.ts";
import { createHttp } from "#lib/transports/http.ts";
import { createReach } from "#lib/transports/reach.ts";
import type { Transports } from "#lib/transports/types.ts";

const notHere = async () => err(failure("internal", "this test uses HTTP alone"));
const transports: Transports = {
  http: createHttp(createReach(onLoopback)),
  tcp: { exchange: notHere },
  ssh: { run: notHere },
  postgres: { query: notHere },
};

interface Given {
  readonly timeoutMs?: number;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

async function poll(config: unknown, { timeoutMs = 30_000, secrets = {}, signal }: Given = {}) {
  const secret = (reference: string): Result<string> => {
    const value = secrets[reference];
    return value === undefined ? err(failure("secret-missing", `${reference} is not set`)) : ok(value);
  };
  return collect({
    config: httpConfig.parse(config),
    transports,
    secret,
    signal: signal ?? new AbortController().signal,
    timeoutMs,
    now: Date.now,
    previous: undefined,
  });
}

async function see(config: unknown, given?: Given): Promise<HttpDetail> {
  const sample = await poll(config, given);
  assert.ok(sample.ok, sample.ok ? "" : sample.error.what);
  return sample.value.detail;
}

async function seeOne(config: unknown, given?: Given): Promise<HttpTarget> {
  const [target] = (await see(config, given)).targets;
  assert.ok(target);
  return target;
}

const told = (detail: HttpDetail) =>
  judge(detail, manifest.rules).map(({ severity, rule, message }) => `${severity} ${rule} · ${message}`);

type Handler = http.RequestListener;

async function serve(t: TestContext, handler: Handler, tls?: { key: string; cert: string }): Promise<number> {
  const server = tls === undefined ? http.createServer(handler) : https.createServer(tls, handler);
  return listen(t, server, () => server.closeAllConnections());
}

async function listen(t: TestContext, server: net.Server, closeAll: () => void): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    closeAll();
    server.close();
  });
  return (server.address() as net.AddressInfo).port;
}

/** A server that does this to each connection. */
async function serveRaw(t: TestContext, onConnection: (socket: net.Socket) => void): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    // A client that gives up resets the connection; this end does not mind.
    socket.on("error", () => socket.destroy());
    onConnection(socket);
  });
  return listen(t, server, () => {
    for (const socket of sockets) socket.destroy();
  });
}

const text =
  (status: number, body: string): Handler =>
  (_request, response) =>
    void response.writeHead(status).end(body);

async function freePort(t: TestContext): Promise<number> {
  const server = net.createServer();
  const port = await listen(t, server, () => undefined);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("an answer as expected is ok, with its times", async (t) => {
  const port = await serve(t, text(204, ""));
  const target = await seeOne({ url: `http://127.0.0.1:${port}/health` });
  assert.deepEqual([target.outcome, target.status, target.role], [{ is: "ok" }, 204, "endpoint"]);
  assert.equal(target.name, `127.0.0.1:${port}`);
  assert.ok((target.timings?.totalMs ?? -1) >= 0);
});

test("a failed expectation shows what was wanted, what came, and how the body starts", async (t) => {
  const port = await serve(t, text(503, `{"status":"failing"}\u0000\u001b[31m${"x".repeat(5_000)}`));
  const url = `http://127.0.0.1:${port}/`;
  const detail = await see({ url, expect: { body: { contains: '"ok"', json: { path: "$.status", equals: "ok" } } } });
  const [target] = detail.targets;
  assert.equal(target?.outcome.is, "unexpected");
  assert.deepEqual(target?.outcome.is === "unexpected" && target.outcome.failed.map(({ expected }) => expected), [
    "status 2xx",
    'body with ""ok""',
    '$.status = "ok"',
  ]);
  assert.ok((target?.bodyStart ?? "").length <= 200);
  assert.doesNotMatch(target?.bodyStart ?? "", /\p{Cc}/u);
  assert.match(told(detail)[0] ?? "", /^critical down · 127\.0\.0\.1:\d+: expected status 2xx, got 503;/);
});

test("status, text, pattern and JSON path each decide", async (t) => {
  const port = await serve(t, text(201, '{"status":"ok","checks":[{"name":"db","up":true}]}'));
  const outcome = async (expect: unknown) => (await seeOne({ url: `http://127.0.0.1:${port}/`, expect })).outcome.is;
  assert.equal(await outcome({ status: 201 }), "ok");
  assert.equal(await outcome({ status: [200, "3xx"] }), "unexpected");
  assert.equal(await outcome({ body: { contains: "checks" } }), "ok");
  assert.equal(await outcome({ body: { matches: '"status":\\s*"o.k?"' } }), "ok");
  assert.equal(await outcome({ body: { matches: "^nothing$" } }), "unexpected");
  assert.equal(await outcome({ body: { json: { path: "$.checks[?@.name=='db'].up", equals: true } } }), "ok");
  assert.equal(await outcome({ body: { json: { path: "$.checks[0].up", equals: "true" } } }), "unexpected");
});

test("a path that would take all memory to read is refused", () => {
  const nested = (times: number) => checkJsonPath(`$[?${"length(".repeat(times)}@.a${")".repeat(times)} == 1]`);
  assert.deepEqual(nested(50), { ok: false, error: "parentheses within parentheses, more than 6 deep" });
  assert.ok(checkJsonPath("$[?((@.a == 1) || (length(@.b) > 2)) && !(@.c)]").ok);
});

test("a body too long or too deep to be judged in time is unknown, unless it fails by something else", async (t) => {
  const long = await serve(t, text(200, "ab".repeat(200_000)));
  const deep = await serve(t, text(200, `${'{"a":'.repeat(2_000)}1${"}".repeat(2_000)}`));
  const ask = async (port: number, expect: unknown) => await poll({ url: `http://127.0.0.1:${port}/`, expect });
  for (const unjudged of [
    await ask(long, { body: { matches: "(a|b)*a(a|b){200}c" } }),
    await ask(long, { body: { matches: "ab$" } }),
    await ask(deep, { body: { json: { path: "$..a..a..a", equals: 1 } } }),
  ]) {
    assert.ok(!unjudged.ok);
    assert.equal(unjudged.error.kind, "too-much-work");
  }
  const failed = await ask(long, { status: 204, body: { matches: "ab$" } });
  assert.equal(failed.ok && failed.value.detail.targets[0]?.outcome.is, "unexpected");
  const found = await ask(deep, { body: { json: { path: "$..a", equals: 1 } } });
  assert.equal(found.ok && found.value.detail.targets[0]?.outcome.is, "unexpected");
});

test("refused, silent, cut off, endless and foreign answers are each their own failure, and critical", async (t) => {
  const ports = {
    refused: await freePort(t),
    timeout: await serveRaw(t, () => undefined),
    reset: await serveRaw(t, (socket) => socket.destroy()),
    "not-http": await serveRaw(t, (socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")),
    "too-large": await serve(t, (_request, response) => void response.end(Buffer.alloc(2_500_000, 120))),
  };
  for (const [kind, port] of Object.entries(ports)) {
    const detail = await see({ url: `http://127.0.0.1:${port}/` }, { timeoutMs: kind === "timeout" ? 500 : 30_000 });
    const outcome = detail.targets[0]?.outcome;
    assert.equal(outcome?.is === "failed" && outcome.failure.kind, kind);
    assert.match(told(detail).join(), /^critical down/, kind);
  }
});

test("a node that hangs delays no other, and its failure is told within the poll's deadline", async (t) => {
  const [good, hung] = [await serve(t, text(200, "ok")), await serveRaw(t, () => undefined)];
  const detail = await see(
    {
      url: "http://shop.test/health",
      nodes: [
        { name: "web-01", address: `127.0.0.1:${hung}` },
        { name: "web-02", address: `127.0.0.1:${good}` },
      ],
    },
    { timeoutMs: 5_000 },
  );
  const [hanging] = detail.targets;
  assert.match(
    hanging?.outcome.is === "failed" ? hanging.outcome.failure.what : "",
    /within 4\.[5-8] s$/,
    "what it is given is less than what the poll has",
  );
  assert.deepEqual(
    detail.targets.map(({ name, outcome }) => [name, outcome.is]),
    [
      ["web-01", "failed"],
      ["web-02", "ok"],
    ],
  );
  assert.equal(manifest.summarise(detail).startsWith("1 of 2 pass"), true);
});

test("a node is asked with the Host and the server name of the URL", async (t) => {
  const authority = createAuthority();
  t.after(() => authority.close());
  const seen: (string | undefined)[] = [];
  const port = await serve(
    t,
    (request, response) => {
      seen.push(request.headers.host);
      response.end("ok");
    },
    authority.issue("shop.test", 90),
  );
  const config = {
    url: "https://shop.test/health",
    tls: { ca: "file:/ca.pem" },
    nodes: [{ name: "web-01", address: `127.0.0.1:${port}` }],
  };
  const target = await seeOne(config, { secrets: { "file:/ca.pem": authority.ca } });
  assert.deepEqual(target.outcome, { is: "ok" });
  assert.deepEqual(seen, ["shop.test"]);
  assert.equal(Math.round(target.certificate?.daysLeft ?? 0), 90);
  assert.equal(target.certificate?.error, null);
});

test("a certificate that ends soon, has ended, or is for another name is told by its own rule", async (t) => {
  const authority = createAuthority();
  t.after(() => authority.close());
  const secrets = { "file:/ca.pem": authority.ca };
  const soon = await serve(t, text(200, "ok"), authority.issue("shop.test", 9.5));
  const gone = await serve(t, text(200, "ok"), authority.issue("shop.test", -3));
  const other = await serve(t, text(200, "ok"), authority.issue("other.test", 90));
  const at = (port: number, tls = {}) => ({
    url: "https://shop.test/",
    tls: { ca: "file:/ca.pem", ...tls },
    nodes: [{ name: "web-01", address: `127.0.0.1:${port}` }],
  });
  assert.deepEqual(told(await see(at(soon), { secrets })), [
    "warning certificate-expiry · web-01: certificate ends in 9 d (limit 14 d)",
  ]);
  const [expired, ...rest] = told(await see(at(gone), { secrets }));
  assert.match(expired ?? "", /^critical certificate-invalid · web-01: the certificate of .* expired on /);
  assert.deepEqual(rest, []);
  assert.match(told(await see(at(other), { secrets })).join(), /^critical certificate-invalid · .*not for shop\.test$/);
  assert.match(told(await see(at(other, { verify: false }), { secrets })).join(), /^info certificate-invalid/);
  const strict = { ...at(soon), expect: { certificateDays: 30 } };
  assert.match(told(await see(strict, { secrets })).join(), /expected certificate for 30 days, got 9 days left/);
});

test("to a server that is not proven to be the right one, no secret is sent", async (t) => {
  const authority = createAuthority();
  t.after(() => authority.close());
  const seen: http.IncomingHttpHeaders[] = [];
  const port = await serve(
    t,
    (request, response) => {
      seen.push(request.headers);
      response.end();
    },
    authority.issue("other.test", 90),
  );
  const config = {
    url: "https://shop.test/",
    login: { user: "pitwall", password: "env:PASSWORD" },
    headers: { "X-Token": { secret: "env:TOKEN", prefix: "Bearer " } },
    nodes: [{ name: "web-01", address: `127.0.0.1:${port}` }],
  };
  await see(config, { secrets: { "env:PASSWORD": "hunter2", "env:TOKEN": "t0ken" } });
  assert.doesNotMatch(JSON.stringify(seen), /hunter2|t0ken|Basic|Bearer/);
});

test("headers, login and body are sent, and no secret comes back in the detail", async (t) => {
  const seen: http.IncomingHttpHeaders[] = [];
  const port = await serve(t, (request, response) => {
    seen.push(request.headers);
    request.pipe(response.writeHead(500));
  });
  const config = {
    url: `http://127.0.0.1:${port}/`,
    method: "POST",
    headers: { Accept: "application/json", "X-Api-Key": { secret: "env:KEY" } },
    login: { user: "pitwall", password: "env:PASSWORD" },
    body: '{"ping":1}',
  };
  const detail = await see(config, { secrets: { "env:PASSWORD": "hunter2", "env:KEY": "k3y" } });
  assert.deepEqual([seen[0]?.["x-api-key"], seen[0]?.accept], ["k3y", "application/json"]);
  assert.equal(seen[0]?.authorization, `Basic ${Buffer.from("pitwall:hunter2").toString("base64")}`);
  assert.equal(detail.targets[0]?.bodyStart, '{"ping":1}');
  assert.doesNotMatch(JSON.stringify(detail), /hunter2|k3y/);
});

test("a missing secret and a stopped poll are unknown, not down", async (t) => {
  const port = await serve(t, text(200, "ok"));
  const secretless = await poll({ url: `http://127.0.0.1:${port}/`, headers: { Cookie: { secret: "env:NOT_SET" } } });
  assert.equal(!secretless.ok && secretless.error.kind, "secret-missing");
  const hung = await serveRaw(t, () => undefined);
  const stopped = await poll({ url: `http://127.0.0.1:${hung}/` }, { signal: AbortSignal.timeout(50) });
  assert.equal(!stopped.ok && stopped.error.kind, "aborted");
});

test("a redirect is judged itself unless it may be followed", async (t) => {
  const port = await serve(t, (request, response) => {
    if (request.url === "/login") response.end("log in");
    else response.writeHead(302, { location: "/login" }).end();
  });
  const url = `http://127.0.0.1:${port}/`;
  const judged = await seeOne({ url });
  assert.deepEqual([judged.status, judged.outcome.is], [302, "unexpected"]);
  const followed = await seeOne({ url, redirects: 3 });
  assert.deepEqual([followed.status, followed.redirectedTo], [200, [`${url}login`]]);
});

test("what passes on the nodes but fails through the balancer, or the reverse, is a finding of its own", async (t) => {
  const [up, down] = [await serve(t, text(200, "ok")), await serve(t, text(503, "down"))];
  const at = (nodes: readonly number[], balancer: number) => ({
    url: "http://shop.test/health",
    nodes: nodes.map((port, index) => ({ name: `web-0${index + 1}`, address: `127.0.0.1:${port}` })),
    balancer: { name: "lb", address: `127.0.0.1:${balancer}` },
  });
  const disagreement = async (config: unknown) => told(await see(config)).find((each) => each.includes("disagrees"));
  assert.equal(
    await disagreement(at([up, up], down)),
    "warning balancer-disagrees · lb: fails, though web-01, web-02 pass directly: the fault is between balancer and nodes",
  );
  assert.equal(
    await disagreement(at([up, down], up)),
    "warning balancer-disagrees · lb: passes, though web-02 fails directly: users are shielded for now",
  );
  assert.equal(await disagreement(at([down, down], down)), undefined);
  assert.equal(await disagreement(at([up, up], up)), undefined);
});

test("a health body that names what fails points at that service", async (t) => {
  const port = await serve(t, text(503, '{"database":"ok","search":"timeout"}'));
  const detail = await see({
    url: `http://127.0.0.1:${port}/health`,
    dependencies: [
      { path: "$.database", service: "pg-main" },
      { path: "$.search", service: "search" },
      { path: "$.cache", service: "redis" },
    ],
  });
  const [finding] = judge(detail, manifest.rules);
  assert.equal(finding?.pointsAt, "search");
  assert.match(finding?.message ?? "", /it blames search \("timeout"\)$/);
});

test("a slow answer is told with its time and limit", async (t) => {
  const port = await serve(t, (_request, response) => void setTimeout(() => response.end("ok"), 60));
  const detail = await see({ url: `http://127.0.0.1:${port}/` });
  const [finding] = judge(detail, manifest.rules, { slow: { warning: 50 } });
  assert.match(
    `${finding?.severity} ${finding?.message}`,
    /^warning 127\.0\.0\.1:\d+: answered in \d+ ms \(limit 50 ms\)$/,
  );
});
