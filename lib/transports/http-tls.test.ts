import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { after, type TestContext } from "node:test";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import {
  type Certificate,
  createAuthority,
  createSelfSigned,
  opensslDate,
} from "#lib/transports/fault-injection/certificates.ts";
import { failed, succeeded } from "#lib/transports/fault-injection/outcome.ts";
import { answering, rawServer } from "#lib/transports/fault-injection/raw-server.ts";
import { createHttp } from "#lib/transports/http.ts";
import { createReach } from "#lib/transports/reach.ts";
import type { HttpRequest } from "#lib/transports/types.ts";

const day = 86_400_000;
const folder = mkdtempSync(path.join(tmpdir(), "pitwall-tls-"));
after(() => rmSync(folder, { recursive: true }));
const authority = createAuthority(folder);
const transport = createHttp(createReach(onLoopback));

function ask(url: string, address: string, more: Partial<HttpRequest> = {}) {
  const signal = new AbortController().signal;
  return transport.request({ url, address, ca: authority.ca, timeoutMs: 10_000, maxBytes: 100_000, signal, ...more });
}

/** Answers with what it was asked as, so that a test sees Host and SNI. */
async function tlsServer(t: TestContext, { cert, key }: Certificate, more: https.ServerOptions = {}): Promise<string> {
  const asked: string[] = [];
  const server = https.createServer({ cert, key, ...more }, (request, answer) => {
    asked.push(request.url ?? "");
    const { servername } = request.socket as import("node:tls").TLSSocket & { servername?: string };
    answer.end(JSON.stringify({ host: request.headers.host, servername, asked }));
  });
  server.on("tlsClientError", (_, socket) => socket.destroy());
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("a certificate of a given authority is trusted and reported, and the node is asked under the name of the URL", async (t) => {
  const notAfter = Math.floor(Date.now() / 1_000) * 1_000 + 5 * day;
  const names = "DNS:learn.example,DNS:www.learn.example,IP:127.0.0.1";
  const place = await tlsServer(t, authority.issue("learn", { names, notAfter: opensslDate(notAfter) }));
  const answer = succeeded(await ask("https://learn.example/", place));
  const seen = JSON.parse(answer.body.toString());
  assert.deepEqual([seen.host, seen.servername], ["learn.example", "learn.example"]);
  assert.ok(answer.timings.tlsMs !== null && answer.timings.tlsMs > 0);
  assert.deepEqual(answer.certificate?.names, ["learn.example", "www.learn.example", "127.0.0.1"]);
  assert.equal(answer.certificate?.error, null);
  assert.equal(answer.certificate?.subject, "learn");
  assert.equal(answer.certificate?.issuer, "Test authority");
  assert.equal(answer.certificate?.validTo, notAfter);
  succeeded(await ask(`https://${place}/`, place));
});

test("an authority that nobody trusts fails the handshake before a byte of the request is sent", async (t) => {
  const place = await tlsServer(t, authority.issue("unknown", { names: "DNS:learn.example" }));
  const failure = failed(await ask("https://learn.example/secret", place, { ca: "" }), "tls");
  assert.match(failure.what, /^the certificate of 127\.0\.0\.1:\d+ /);
  const answer = succeeded(await ask("https://learn.example/second", place));
  assert.deepEqual(JSON.parse(answer.body.toString()).asked, ["/second"]);
});

test("expired, not yet valid, self-signed and wrong name are told apart, and reported when they are accepted", async (t) => {
  const names = "DNS:learn.example";
  const past = opensslDate(Date.now() - 3 * day);
  const cases: [Certificate, string, RegExp][] = [
    [
      authority.issue("expired", { names, notBefore: opensslDate(Date.now() - 9 * day), notAfter: past }),
      "CERT_HAS_EXPIRED",
      /expired on \d{4}-/,
    ],
    [
      authority.issue("future", { names, notBefore: opensslDate(Date.now() + 3 * day) }),
      "CERT_NOT_YET_VALID",
      /valid only from/,
    ],
    [createSelfSigned(folder, "learn.example"), "DEPTH_ZERO_SELF_SIGNED_CERT", /is self-signed/],
    [
      authority.issue("other", { names: "DNS:other.example" }),
      "ERR_TLS_CERT_ALTNAME_INVALID",
      /is for other\.example, not for learn\.example/,
    ],
  ];
  for (const [certificate, code, words] of cases) {
    const place = await tlsServer(t, certificate);
    assert.match(failed(await ask("https://learn.example/", place), "tls").what, words);
    const accepted = succeeded(await ask("https://learn.example/", place, { verifyTls: false }));
    assert.equal(accepted.status, 200);
    assert.equal(accepted.certificate?.error, code);
  }
});

test("the end that is reported is the earliest of the chain", async (t) => {
  const notAfter = opensslDate(Date.now() + 5_000 * day);
  const leaf = authority.issue("chained", { names: "DNS:learn.example", notAfter });
  const place = await tlsServer(t, { cert: `${leaf.cert}${authority.ca}`, key: leaf.key });
  const { certificate } = succeeded(await ask("https://learn.example/", place));
  assert.equal(certificate?.validTo, new Date(new X509Certificate(authority.ca).validTo).getTime());
});

test("TLS asked of a plain port, and plain HTTP of a TLS port, say so", async (t) => {
  const plain = await rawServer(t, answering("HTTP/1.1 400 Bad Request\r\n\r\n"));
  assert.match(failed(await ask("https://learn.example/", plain.place), "tls").what, /does not speak TLS$/);
  const place = await tlsServer(t, authority.issue("plain", { names: "DNS:learn.example" }), { maxVersion: "TLSv1.2" });
  const result = await ask("http://learn.example/", place);
  assert.ok(!result.ok && ["not-http", "reset"].includes(result.error.kind), JSON.stringify(result));
});

test("a server that accepts and never shakes hands times out, one that closes is reset", async (t) => {
  const silent = await rawServer(t, () => {});
  assert.match(
    failed(await ask("https://learn.example/", silent.place, { timeoutMs: 300 }), "timeout").what,
    /^no TLS handshake with /,
  );
  const closing = await rawServer(t, (socket) => socket.once("data", () => socket.destroy()));
  failed(await ask("https://learn.example/", closing.place), "reset");
});

test("silence after the handshake is a timeout, though TLS itself sent tickets meanwhile", async (t) => {
  const { cert, key } = authority.issue("silent", { names: "DNS:learn.example" });
  const server = https.createServer({ cert, key }, () => {}).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const place = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  failed(await ask("https://learn.example/", place, { timeoutMs: 500 }), "timeout");
});

test("a bundle that is no PEM fails by itself, not the process", async (t) => {
  const place = await tlsServer(t, authority.issue("pem", { names: "DNS:learn.example" }));
  const result = await ask("https://learn.example/", place, {
    ca: "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n",
  });
  failed(result, "tls");
});
