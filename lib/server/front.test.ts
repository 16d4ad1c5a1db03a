import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { floodClient } from "#e2e/servers/flood-client.ts";
import { rawClient } from "#e2e/servers/raw-client.ts";
import { get, triedFront } from "#e2e/servers/tried-front.ts";
import { noFront } from "#lib/config/front.ts";

test("what a client says of its own origin does not come through", async (t) => {
  const front = await triedFront(t);
  const forged = {
    "x-pitwall-from": "203.0.113.9",
    "x-pitwall-proto": "https",
    "x-pitwall-host": "evil.example",
    "X-Forwarded-For": "203.0.113.9",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "evil.example",
    forwarded: "for=203.0.113.9",
    "x-real-ip": "203.0.113.9",
    "x-middleware-subrequest": "middleware",
    "next-action": "0123456789",
    "content-security-policy": "script-src 'nonce-chosen'",
  };
  const answer = await get(front.port, "/api/v1/board", { headers: forged });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["strict-transport-security"], undefined);
  const inside = front.seen[0]?.headers ?? {};
  assert.equal(inside["x-pitwall-from"], "127.0.0.1");
  assert.equal(inside["x-pitwall-proto"], "http");
  assert.equal(inside["x-pitwall-host"], `127.0.0.1:${front.port}`);
  const kept = JSON.stringify(inside);
  for (const word of ["203.0.113.9", "evil.example", "nonce-chosen", "x-middleware", "next-action"])
    assert.ok(!kept.includes(word), word);
});

test("a trusted proxy's word counts, and only the part of the chain that it and its peers wrote", async (t) => {
  const config = { ...noFront, urls: ["https://pitwall.example.com"], trustedProxies: ["127.0.0.1", "10.0.0.0/8"] };
  const front = await triedFront(t, { config });
  const headers = {
    host: "10.0.0.5",
    "x-forwarded-for": "1.1.1.1, 203.0.113.9, 10.0.0.7",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "pitwall.example.com",
  };
  const answer = await get(front.port, "/", { headers });
  assert.equal(answer.headers["strict-transport-security"], "max-age=31536000");
  const inside = front.seen[0]?.headers ?? {};
  assert.equal(inside["x-pitwall-from"], "203.0.113.9");
  assert.equal(inside["x-pitwall-proto"], "https");
  assert.equal(inside.host, "pitwall.example.com");
  await get(front.port, "/", { headers: { ...headers, "x-forwarded-for": "1.1.1.1, <made up>" } });
  assert.equal(front.seen[1]?.headers["x-pitwall-from"], "127.0.0.1", "what is no address ends the chain");
  await get(front.port, "/", { headers, localAddress: "127.0.0.2" });
  assert.equal(front.seen[2]?.headers["x-pitwall-from"], "127.0.0.2", "another peer is not believed");
});

test("no request is read in two ways", async (t) => {
  const front = await triedFront(t);
  const host = "Host: localhost\r\n";
  const smuggled = {
    "length and chunks at once": `POST /api/v1/x HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /two HTTP/1.1\r\n${host}\r\n`,
    "two lengths": `POST /api/v1/x HTTP/1.1\r\n${host}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd`,
    "a length with a sign": `POST /api/v1/x HTTP/1.1\r\n${host}Content-Length: +4\r\n\r\nabcd`,
    "a coding that is not the last": `POST /api/v1/x HTTP/1.1\r\n${host}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
    "space before a colon": `GET /api/v1/x HTTP/1.1\r\n${host}Transfer-Encoding : chunked\r\n\r\n`,
    "a folded header": `GET /api/v1/x HTTP/1.1\r\n${host}X-One: a\r\n b\r\n\r\n`,
    "bare line feeds": "GET /api/v1/x HTTP/1.1\nHost: localhost\n\n",
    "a bare return in a header": `GET /api/v1/x HTTP/1.1\r\n${host}X-One: a\rX-Two: b\r\n\r\n`,
    "two hosts": `GET /api/v1/x HTTP/1.1\r\n${host}Host: evil.example\r\n\r\n`,
    "no host": "GET /api/v1/x HTTP/1.1\r\n\r\n",
    "an address of another server": `GET http://evil.example/ HTTP/1.1\r\n${host}\r\n`,
    "an address of two slashes": `GET //evil.example/ HTTP/1.1\r\n${host}\r\n`,
    "a backslash": `GET /\\evil.example HTTP/1.1\r\n${host}\r\n`,
    "an encoded zero": `GET /services/%00 HTTP/1.1\r\n${host}\r\n`,
    "a broken encoding": `GET /services/%E0%A4%A HTTP/1.1\r\n${host}\r\n`,
    "a byte that is no text": Buffer.from(`GET /services/\xff HTTP/1.1\r\n${host}\r\n`, "latin1"),
    "no HTTP at all": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/0.9": "GET /\r\n\r\n",
  };
  for (const [name, bytes] of Object.entries(smuggled)) {
    const client = await rawClient(front.port);
    client.send(bytes);
    const answer = await client.all();
    assert.match(answer, /^HTTP\/1\.1 400 /, name);
    assert.equal(answer.match(/HTTP\/1\.1 \d/g)?.length, 1, `${name}: one answer and then the end`);
    assert.match(answer, /x-content-type-options: nosniff/i, name);
    assert.match(answer, /content-security-policy: default-src 'none'/i, name);
    assert.doesNotMatch(answer, /evil|next\.js|node\.js/i, name);
  }
  assert.deepEqual(front.seen, []);
});

test("what is too large is refused before anybody keeps it", async (t) => {
  let kept = 0;
  const front = await triedFront(t, {
    bounds: { bodyBytes: 1_000 },
    inner: async (request, answer) => {
      for await (const chunk of request) kept += (chunk as Buffer).length;
      if (!answer.headersSent) answer.end("kept");
    },
  });
  const told = await get(
    front.port,
    "/api/v1/x",
    { method: "POST", headers: { "content-length": "1001" } },
    "x".repeat(1_001),
  );
  assert.equal(told.status, 413);
  assert.equal(JSON.parse(told.body.toString()).code, "too-large");
  assert.equal(front.seen.length, 0, "the length that is told is believed when it is too large");
  const waiting = await rawClient(front.port);
  waiting.send("POST /api/v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n\r\n");
  assert.match(await waiting.all(), /^HTTP\/1\.1 413 /, "nobody is asked to go on");
  const chunked = await rawClient(front.port);
  chunked.send("POST /api/v1/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (let at = 0; at < 40 && !chunked.socket.destroyed; at += 1) chunked.send(`64\r\n${"x".repeat(100)}\r\n`);
  assert.match(await chunked.all(), /^HTTP\/1\.1 413 /);
  assert.ok(kept <= 1_000, `${kept} bytes kept`);
  const fits = await get(front.port, "/api/v1/x", { method: "POST" }, "x".repeat(1_000));
  assert.equal(fits.body.toString(), "kept");
});

test("long headers, many headers and long addresses are refused by name", async (t) => {
  const front = await triedFront(t);
  const cases = [
    { bytes: `GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${"a".repeat(17_000)}\r\n\r\n`, status: 431 },
    {
      bytes: `GET / HTTP/1.1\r\nHost: localhost\r\n${Array.from({ length: 101 }, (_, at) => `x-${at}: 1\r\n`).join("")}\r\n`,
      status: 431,
    },
    { bytes: `GET /${"a".repeat(9_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, status: 414 },
  ];
  for (const { bytes, status } of cases) {
    const client = await rawClient(front.port);
    client.send(bytes);
    assert.match(await client.all(), new RegExp(`^HTTP/1\\.1 ${status} `));
  }
  assert.deepEqual(front.seen, []);
});

test("who sends a request drop by drop is cut off in time, and others are answered meanwhile", async (t) => {
  const front = await triedFront(t, { bounds: { headersMs: 2_000, requestMs: 4_000 } });
  const slow = await Promise.all(Array.from({ length: 50 }, () => rawClient(front.port)));
  for (const client of slow) client.send("GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: a");
  const drops = setInterval(() => {
    for (const client of slow) if (!client.socket.destroyed) client.send("a");
  }, 100);
  t.after(() => clearInterval(drops));
  assert.equal((await get(front.port, "/")).status, 200);
  const answers = await Promise.all(slow.map((client) => client.all()));
  for (const answer of answers) assert.match(answer, /^(HTTP\/1\.1 408 |$)/);
  const body = await rawClient(front.port);
  body.send("POST /api/v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\na");
  await body.all();
});

test("who does not read is cut off, and what waits for him stays bounded", async (t) => {
  let written = 0;
  const front = await triedFront(t, {
    bounds: { stalledMs: 300 },
    inner: async (_request, answer) => {
      answer.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store, no-transform" });
      const frame = Buffer.alloc(65_536, "x");
      const closed = once(answer, "close");
      while (!answer.destroyed) {
        written += frame.length;
        if (!answer.write(frame)) await Promise.race([once(answer, "drain"), closed]);
      }
    },
  });
  const client = await rawClient(front.port);
  client.socket.pause();
  client.send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const cut = new Promise((resolve) => client.socket.once("close", resolve));
  await until(() => front.seen[0]?.socket.destroyed === true);
  client.socket.resume();
  await cut;
  assert.ok(written < 32e6, `${written} bytes written`);
});

test("one address has so many connections and streams, and another still has its own", async (t) => {
  const front = await triedFront(t, {
    bounds: { connectionsOfOneAddress: 5, streamsOfOneAddress: 2 },
    inner: async (request, answer) => {
      if (request.url === "/api/v1/events") answer.write("retry: 1000\n\n");
      else answer.end("board");
    },
  });
  const stream = "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const open = await Promise.all([1, 2].map(() => rawClient(front.port)));
  for (const client of open) client.send(stream);
  await Promise.all(open.map((client) => client.until("retry")));
  const third = await get(front.port, "/api/v1/events");
  assert.equal(third.status, 503);
  assert.equal(third.headers["retry-after"], "30");
  open[0]?.socket.destroy();
  await until(async () => {
    const again = await rawClient(front.port);
    again.send(stream);
    const told = await again.until("\r\n\r\n");
    if (!told.startsWith("HTTP/1.1 200")) again.socket.destroy();
    return told.startsWith("HTTP/1.1 200");
  });
  const many = await Promise.all(Array.from({ length: 8 }, () => rawClient(front.port)));
  await until(() => many.filter(({ socket }) => socket.destroyed).length >= 5);
  assert.equal((await get(front.port, "/", { localAddress: "127.0.0.2" })).body.toString(), "board");
  for (const client of [...open, ...many]) client.socket.destroy();
});

test("a hundred thousand asks for share links stay bounded, and the board answers meanwhile", async (t) => {
  let rendered = 0;
  const front = await triedFront(t, {
    inner: async (_request, answer) => {
      rendered += 1;
      answer.end("page");
    },
  });
  const before = process.memoryUsage().rss;
  const began = performance.now();
  const each = 5_000;
  const clients = await Promise.all(
    Array.from({ length: 20 }, () =>
      floodClient(front.port, (n) => `GET /s/guess-${n} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
    ),
  );
  for (const client of clients) client.flood(each);
  const board = await get(front.port, "/", { localAddress: "127.0.0.2" });
  assert.equal(board.body.toString(), "page");
  const counts = await Promise.all(clients.map(({ done }) => done));
  const answers = counts.flatMap((one) => [...one.values()]);
  assert.equal(
    answers.reduce((sum, one) => sum + one, 0),
    100_000,
  );
  assert.ok(front.refused.includes("too-many-requests"));
  const seconds = (performance.now() - began) / 1_000;
  assert.ok(rendered < 60 + seconds + 20, `${rendered} rendered in ${seconds} s`);
  assert.ok(process.memoryUsage().rss - before < 400e6);
});

test("every answer has the headers of its place, and each page a nonce of its own", async (t) => {
  const front = await triedFront(t);
  const nonces = new Set<string>();
  for (let at = 0; at < 3; at += 1) {
    const page = await get(front.port, "/");
    const policy = String(page.headers["content-security-policy"]);
    const nonce = /'nonce-([A-Za-z0-9+/]{24})'/.exec(policy)?.[1] ?? "";
    nonces.add(nonce);
    assert.equal(
      front.seen.at(-1)?.headers["content-security-policy"],
      policy,
      "the page is made for the policy it gets",
    );
    assert.doesNotMatch(policy, /unsafe/);
    assert.match(policy, /frame-ancestors 'none'/);
  }
  assert.equal(nonces.size, 3);
  const link = await get(front.port, "/s/secret");
  assert.equal(link.headers["x-robots-tag"], "noindex, nofollow, noarchive");
  assert.equal(link.headers["cache-control"], "no-store");
  const data = await get(front.port, "/api/v1/board");
  assert.match(String(data.headers["content-security-policy"]), /^default-src 'none'/);
  for (const { headers } of [link, data]) {
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["x-frame-options"], "DENY");
    assert.equal(headers["cross-origin-opener-policy"], "same-origin");
    assert.equal(headers["cross-origin-resource-policy"], "same-origin");
    assert.equal(headers["x-powered-by"], undefined);
  }
});

test("pages are only read, no other protocol is spoken, and Next's own addresses are closed", async (t) => {
  const front = await triedFront(t);
  const refused = [
    { path: "/", method: "POST", status: 405 },
    { path: "/services/x", method: "DELETE", status: 405 },
    { path: "/api/v1/board", method: "TRACE", status: 405 },
    { path: "/_next/image?url=http://169.254.169.254/", method: "GET", status: 404 },
    { path: "/_next/data/x.json", method: "GET", status: 404 },
  ];
  for (const { path, method, status } of refused)
    assert.equal((await get(front.port, path, { method })).status, status);
  const named = await get(front.port, "/", { headers: { host: "rebound.example" } });
  assert.equal(named.status, 421);
  assert.doesNotMatch(named.body.toString(), /rebound/);
  const tunnel = await rawClient(front.port);
  tunnel.send("CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assert.match(await tunnel.all(), /^HTTP\/1\.1 405 /);
  assert.deepEqual(front.seen, []);
  const upgrade = await get(front.port, "/api/v1/board", { headers: { connection: "upgrade", upgrade: "websocket" } });
  assert.equal(upgrade.status, 200, "a wish for another protocol is passed over");
});

test("what breaks inside tells nothing outside", async (t) => {
  const front = await triedFront(t, { inner: async () => Promise.reject(new Error("password=hunter2")) });
  await assert.rejects(get(front.port, "/"), /socket hang up|ECONNRESET/);
  assert.equal(front.failures.length, 1);
});

test("a told end lets answers end, ends streams, and cuts what stays", async (t) => {
  let finish = () => {};
  const front = await triedFront(t, {
    bounds: { drainMs: 4_000 },
    inner: async (request, answer) => {
      if (request.url === "/api/v1/slow") finish = () => void answer.end("done");
      else if (request.url === "/api/v1/events") answer.write("retry: 1000\n\n");
      else answer.write("never ends");
    },
  });
  const slow = get(front.port, "/api/v1/slow");
  const stream = await rawClient(front.port);
  stream.send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const stuck = await rawClient(front.port);
  stuck.send("GET /api/v1/stuck HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await Promise.all([stream.until("retry"), stuck.until("never"), until(() => front.seen.length === 3)]);
  const drained = front.drain();
  await stream.all();
  finish();
  assert.equal((await slow).body.toString(), "done");
  await drained;
  assert.match(await stuck.all(), /never ends/);
  await assert.rejects(get(front.port, "/"), /ECONNREFUSED/);
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > giveUpAt) throw new Error("it did not come to that");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
