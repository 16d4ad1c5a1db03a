import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import zlib from "node:zlib";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { failed, succeeded } from "#lib/transports/fault-injection/outcome.ts";
import { answering, rawServer } from "#lib/transports/fault-injection/raw-server.ts";
import { createHttp } from "#lib/transports/http.ts";
import { createReach } from "#lib/transports/reach.ts";
import type { HttpRequest } from "#lib/transports/types.ts";

const transport = createHttp(createReach(onLoopback));

function request(url: string, more: Partial<HttpRequest> = {}) {
  const signal = new AbortController().signal;
  return transport.request({ url, timeoutMs: 10_000, maxBytes: 100_000, signal, ...more });
}

async function webServer(t: TestContext, serve: http.RequestListener): Promise<string> {
  const server = http.createServer(serve).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const head = (...lines: string[]) => `HTTP/1.1 200 OK\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`;

test("an answer comes with status, headers, body, times and the address it came from", async (t) => {
  const base = await webServer(t, (asked, answer) => {
    answer.writeHead(503, {
      "set-cookie": ["a=1", "b=2"],
      "x-asked": `${asked.method} ${asked.url} ${asked.headers.host}`,
    });
    answer.end("down for now");
  });
  const answer = succeeded(await request(`${base}/health?deep=1#part`));
  assert.equal(answer.status, 503);
  assert.equal(answer.body.toString(), "down for now");
  assert.equal(answer.headers["x-asked"], `GET /health?deep=1 ${new URL(base).host}`);
  assert.equal(answer.headers["set-cookie"], "a=1, b=2");
  assert.equal(answer.remoteAddress, "127.0.0.1");
  const { dnsMs, connectMs, tlsMs, firstByteMs, totalMs } = answer.timings;
  assert.equal(dnsMs, null);
  assert.equal(tlsMs, null);
  assert.ok(connectMs !== null && firstByteMs !== null && connectMs >= 0 && firstByteMs > 0);
  assert.ok(totalMs >= connectMs + firstByteMs);
});

test("method, headers, body and the login in a URL are sent, and the login is told nowhere", async (t) => {
  const base = await webServer(t, (asked, answer) => {
    asked.setEncoding("utf8");
    let body = "";
    asked.on("data", (chunk) => {
      body += chunk;
    });
    asked.on("end", () => answer.end(JSON.stringify({ method: asked.method, headers: asked.headers, body })));
  });
  const url = base.replace("//", "//monitor:s%20cret%25@");
  const answer = succeeded(await request(url, { method: "PUT", headers: { "X-Trace": "1" }, body: "ünlaut" }));
  const seen = JSON.parse(answer.body.toString());
  assert.equal(seen.method, "PUT");
  assert.equal(seen.body, "ünlaut");
  assert.equal(seen.headers["x-trace"], "1");
  assert.equal(seen.headers["content-length"], "7");
  assert.equal(seen.headers.connection, "close");
  assert.equal(Buffer.from(seen.headers.authorization.slice(6), "base64").toString(), "monitor:s cret%");
  assert.ok(!failed(await request("http://monitor:secret@127.0.0.1:1/"), "refused").what.includes("secret"));
});

test("nothing listening is refused, a name without address is not found", async () => {
  assert.equal(failed(await request("http://127.0.0.1:1/"), "refused").what, "127.0.0.1:1 refused the connection");
  failed(await request("http://no-such-host.invalid/"), "name-not-found");
});

test("a server that accepts and never speaks times out at the deadline", async (t) => {
  const { port } = await rawServer(t, () => {});
  const startedAt = performance.now();
  const failure = failed(await request(`http://127.0.0.1:${port}/`, { timeoutMs: 300 }), "timeout");
  assert.equal(failure.what, `no answer from 127.0.0.1:${port} within 300 ms`);
  assert.ok(failure.afterMs !== undefined && failure.afterMs >= 299);
  assert.ok(performance.now() - startedAt < 5_000);
});

test("silence after a part of the answer is stalled, in the head as in the body", async (t) => {
  const inHead = await rawServer(t, answering("HTTP/1.1 200 OK\r\nX-A: 1\r\n", "stay"));
  // Enough for the part to come on a busy machine.
  failed(await request(`http://${inHead.place}/`, { timeoutMs: 1_500 }), "stalled");
  const inBody = await rawServer(t, answering(`${head("Content-Length: 1000")}only this`, "stay"));
  const failure = failed(await request(`http://${inBody.place}/`, { timeoutMs: 1_500 }), "stalled");
  assert.match(failure.what, /9 B came$/);
});

test("a connection closed before the answer is reset", async (t) => {
  const closing = await rawServer(t, (socket) => socket.once("data", () => socket.destroy()));
  failed(await request(`http://${closing.place}/`), "reset");
  const resetting = await rawServer(t, (socket) => socket.once("data", () => socket.resetAndDestroy()));
  failed(await request(`http://${resetting.place}/`), "reset");
});

test("what speaks something else is not HTTP, and its words are told without control characters", async (t) => {
  const ssh = await rawServer(t, (socket) => socket.write("SSH-2.0-OpenSSH_9.2\x1b[31m\r\n"));
  assert.equal(failed(await request(`http://${ssh.place}/`), "not-http").said, "SSH-2.0-OpenSSH_9.2");
  const binary = await rawServer(t, answering(Buffer.from([0, 1, 2, 3, 255, 254])));
  failed(await request(`http://${binary.place}/`), "not-http");
});

test("an answer that is cut or breaks the rules is malformed", async (t) => {
  const answers = [
    `${head("Content-Length: 1000")}only this`,
    `${head("Transfer-Encoding: chunked")}5\r\nhello\r\n`,
    `${head("Transfer-Encoding: chunked")}5\r\nhello\r\nzz\r\n`,
    "HTTP/1.1 200 OK\r\nX-A",
    "HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
    `${head("Content-Length: 5", "Content-Length: 6")}hello`,
  ];
  for (const bytes of answers) {
    const { place } = await rawServer(t, answering(bytes));
    failed(await request(`http://${place}/`), "malformed");
  }
});

test("an answer without a length ends with the connection", async (t) => {
  const { place } = await rawServer(t, answering("HTTP/1.0 200 OK\r\n\r\nold style"));
  assert.equal(succeeded(await request(`http://${place}/`)).body.toString(), "old style");
});

test("a protocol switch is an answer like any other", async (t) => {
  const { place } = await rawServer(
    t,
    answering("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "stay"),
  );
  assert.equal(succeeded(await request(`http://${place}/`)).status, 101);
});

test("a head that never ends is too large, by bytes and by count", async (t) => {
  const long = await rawServer(t, answering(head(`X-Long: ${"a".repeat(60_000)}`), "stay"));
  failed(await request(`http://${long.place}/`), "too-large");
  const many = await rawServer(t, answering(head(...Array.from({ length: 300 }, (_, n) => `X-${n}: 1`)), "stay"));
  failed(await request(`http://${many.place}/`), "too-large");
});

test("the bound is inclusive, and one byte more is too large", async (t) => {
  const { place } = await rawServer(t, answering(`${head("Content-Length: 10")}0123456789`));
  assert.equal(succeeded(await request(`http://${place}/`, { maxBytes: 10 })).body.length, 10);
  failed(await request(`http://${place}/`, { maxBytes: 9 }), "too-large");
});

test("of a body that nobody wants to see whole only the beginning is kept, and all of it is counted and bounded", async (t) => {
  const { place } = await rawServer(t, answering(`${head("Content-Length: 10")}0123456789`));
  for (const [keepBytes, kept] of [
    [4, "0123"],
    [0, ""],
    [11, "0123456789"],
  ] as const) {
    const { body, bodyBytes } = succeeded(await request(`http://${place}/`, { maxBytes: 10, keepBytes }));
    assert.deepEqual([body.toString(), bodyBytes], [kept, 10]);
  }
  failed(await request(`http://${place}/`, { maxBytes: 9, keepBytes: 4 }), "too-large");
});

test("every content coding is undone, alone and on top of each other", async (t) => {
  const text = "queue 3 of 10\n".repeat(500);
  const codings: Record<string, Buffer> = {
    gzip: zlib.gzipSync(text),
    "x-gzip": zlib.gzipSync(text),
    br: zlib.brotliCompressSync(text),
    zstd: zlib.zstdCompressSync(text),
    deflate: zlib.deflateSync(text),
    "Deflate ": zlib.deflateRawSync(text),
    "gzip, br": zlib.brotliCompressSync(zlib.gzipSync(text)),
    identity: Buffer.from(text),
    "made-up": Buffer.from(text),
  };
  const base = await webServer(t, (asked, answer) => {
    const coding = decodeURIComponent((asked.url ?? "").slice(1));
    answer.writeHead(200, { "content-encoding": coding });
    answer.end(codings[coding]);
  });
  for (const coding of Object.keys(codings)) {
    assert.equal(succeeded(await request(`${base}/${encodeURIComponent(coding)}`)).body.toString(), text, coding);
  }
  assert.equal(succeeded(await request(`${base}/gzip`, { method: "HEAD" })).body.length, 0);
});

test("a small answer that unpacks to far more is given up as soon as it passes the bound", async (t) => {
  const zeros = Buffer.alloc(1 << 20);
  const bombs: Record<string, Buffer> = {
    gzip: Buffer.concat(Array(64).fill(zlib.gzipSync(Buffer.concat(Array(16).fill(zeros))))),
    br: zlib.brotliCompressSync(Buffer.concat(Array(64).fill(zeros)), {
      params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 },
    }),
    zstd: zlib.zstdCompressSync(Buffer.concat(Array(64).fill(zeros))),
    "gzip, gzip": zlib.gzipSync(zlib.gzipSync(Buffer.concat(Array(64).fill(zeros)))),
  };
  const base = await webServer(t, (asked, answer) => {
    const coding = decodeURIComponent((asked.url ?? "").slice(1));
    answer.writeHead(200, { "content-encoding": coding });
    answer.end(bombs[coding]);
  });
  for (const coding of Object.keys(bombs)) {
    const before = process.memoryUsage().rss;
    failed(await request(`${base}/${encodeURIComponent(coding)}`, { maxBytes: 2_000_000 }), "bad-encoding");
    assert.ok(process.memoryUsage().rss - before < 30_000_000, coding);
  }
});

test("a damaged compressed answer is bad encoding, one that lacks its end as well", async (t) => {
  const whole = zlib.gzipSync("x".repeat(10_000));
  for (const bytes of [Buffer.from("not gzip at all"), whole.subarray(0, whole.length - 12)]) {
    const { place } = await rawServer(
      t,
      answering(Buffer.concat([Buffer.from(head("Content-Encoding: gzip", `Content-Length: ${bytes.length}`)), bytes])),
    );
    failed(await request(`http://${place}/`), "bad-encoding");
  }
});

test("redirects are told at 0, followed within the limit, and counted", async (t) => {
  const base = await webServer(t, (asked, answer) => {
    const left = Number((asked.url ?? "").slice(1));
    if (left === 0) answer.end("there");
    else answer.writeHead(302, { location: `/${left - 1}` }).end("moved");
  });
  const told = succeeded(await request(`${base}/2`));
  assert.deepEqual([told.status, told.headers.location, told.redirectedTo], [302, "/1", []]);
  const followed = succeeded(await request(`${base}/2`, { redirects: 2 }));
  assert.deepEqual(
    [followed.status, followed.body.toString(), followed.redirectedTo],
    [200, "there", [`${base}/1`, `${base}/0`]],
  );
  assert.match(
    failed(await request(`${base}/3`, { redirects: 2 }), "redirect-loop").what,
    /still redirects after 2 hops/,
  );
});

test("a redirect in a circle is found before the limit, and one to nowhere is malformed", async (t) => {
  const base = await webServer(t, (asked, answer) => {
    const to = { "/a": "/b", "/b": "/a", "/ftp": "ftp://example.org/", "/bad": "http://[" }[asked.url ?? ""] ?? "/";
    answer.writeHead(301, { location: to }).end();
  });
  assert.match(failed(await request(`${base}/a`, { redirects: 50 }), "redirect-loop").what, /circle over 2/);
  failed(await request(`${base}/ftp`, { redirects: 5 }), "malformed");
  failed(await request(`${base}/bad`, { redirects: 5 }), "malformed");
});

test("a redirect to another origin leaves credentials behind, and a 303 asks by GET without the body", async (t) => {
  const echo: http.RequestListener = (asked, answer) =>
    answer.end(JSON.stringify({ method: asked.method, ...asked.headers }));
  const other = await webServer(t, echo);
  const base = await webServer(t, (asked, answer) => {
    if (asked.url === "/") answer.writeHead(303, { location: `${other}/` }).end();
    else if (asked.url === "/same") answer.writeHead(307, { location: "/echo" }).end();
    else echo(asked, answer);
  });
  const headers = { Authorization: "Bearer x", cookie: "a=1", "content-type": "text/plain", "x-kept": "1" };
  const away = JSON.parse(
    succeeded(await request(base, { method: "POST", body: "b", headers, redirects: 1 })).body.toString(),
  );
  assert.deepEqual(
    [away.method, away.authorization, away.cookie, away["content-type"], away["x-kept"]],
    ["GET", undefined, undefined, undefined, "1"],
  );
  const stayed = JSON.parse(
    succeeded(await request(`${base}/same`, { method: "POST", body: "b", headers, redirects: 1 })).body.toString(),
  );
  assert.deepEqual([stayed.method, stayed.authorization, stayed.cookie], ["POST", "Bearer x", "a=1"]);
});

test("all hops together have one deadline", async (t) => {
  const base = await webServer(t, (asked, answer) => {
    setTimeout(() => answer.writeHead(302, { location: `/${Math.random()}` }).end(), 100);
    asked.resume();
  });
  const startedAt = performance.now();
  failed(await request(base, { redirects: 1_000, timeoutMs: 500 }), "timeout");
  assert.ok(performance.now() - startedAt < 5_000);
});

test("an address stands for the URL's host and keeps its Host header, on redirects to the same host too", async (t) => {
  const base = await webServer(t, (asked, answer) => {
    if (asked.url === "/") answer.writeHead(302, { location: "http://learn.example/next" }).end();
    else answer.end(asked.headers.host);
  });
  const answer = succeeded(await request("http://learn.example/", { address: new URL(base).host, redirects: 1 }));
  assert.equal(answer.body.toString(), "learn.example");
  assert.deepEqual(answer.redirectedTo, ["http://learn.example/next"]);
  assert.match(
    failed(await request("http://learn.example/", { address: "127.0.0.1:1" }), "refused").what,
    /^127\.0\.0\.1:1 /,
  );
  failed(await request("http://learn.example/", { address: "not an address" }), "malformed");
});

test("a request that is stopped ends at once, before and while it runs", async (t) => {
  const { place } = await rawServer(t, () => {});
  failed(await request(`http://${place}/`, { signal: AbortSignal.abort() }), "aborted");
  const stop = new AbortController();
  const running = request(`http://${place}/`, { signal: stop.signal });
  setTimeout(() => stop.abort(), 50);
  failed(await running, "aborted");
});

test("what cannot be asked is malformed instead of a throw", async (t) => {
  const { place } = await rawServer(t, () => {});
  failed(await request("not a url"), "malformed");
  failed(await request("ftp://example.org/"), "malformed");
  failed(await request(`http://${place}/`, { method: "BAD METHOD" }), "malformed");
  failed(await request(`http://${place}/`, { headers: { "bad name": "1" } }), "malformed");
  failed(await request(`http://${place}/`, { headers: { "x-split": "a\r\nb: c" } }), "malformed");
});
