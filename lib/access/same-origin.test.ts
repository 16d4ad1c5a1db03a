import assert from "node:assert/strict";
import { test } from "node:test";
import { peerOf } from "#lib/access/peer.ts";
import { crossOriginReason, untrustedHost, untrustedName } from "#lib/access/same-origin.ts";

const host = "127.0.0.1:3000";

test("a page of another site may not change anything", () => {
  const refused = [
    { host, origin: "https://elsewhere.example" },
    { host, origin: "http://127.0.0.1:4000" },
    { host, origin: "null" },
    { host, "sec-fetch-site": "cross-site" },
    { host, "sec-fetch-site": "same-site" },
  ];
  for (const headers of refused)
    assert.notEqual(crossOriginReason(new Headers(headers)), null, JSON.stringify(headers));
});

test("Pitwall's own pages and scripts without an origin may", () => {
  const allowed = [
    { host },
    { host, origin: `http://${host}` },
    { host, origin: `http://${host}`, "sec-fetch-site": "same-origin" },
    { host, "sec-fetch-site": "none" },
  ];
  for (const headers of allowed) assert.equal(crossOriginReason(new Headers(headers)), null, JSON.stringify(headers));
});

test("a foreign name that was made to resolve here is not answered", () => {
  for (const name of ["rebound.example:3000", "evil.localhost.example", ""]) {
    assert.notEqual(untrustedHost(new Headers({ host: name })), null, name);
  }
  for (const name of ["localhost:3000", "127.0.0.1", "127.0.4.1:80", "[::1]:3000", "board.localhost:3000"]) {
    assert.equal(untrustedHost(new Headers({ host: name })), null, name);
  }
});

test("the names under which Pitwall is known are answered, with any port, and no other", () => {
  const urls = ["https://pitwall.example.com", "http://board.lan:8080"];
  for (const name of ["pitwall.example.com", "PITWALL.example.com:443", "board.lan", "localhost"])
    assert.equal(untrustedName(name, urls), null, name);
  for (const name of ["evil.pitwall.example.com", "pitwall.example.com.evil.example", "example.com", ""])
    assert.notEqual(untrustedName(name, urls), null, name);
});

test("a name that the front let pass is not refused again behind it", () => {
  const name = "pitwall.example.com";
  assert.equal(untrustedHost(new Headers({ host: name, "x-pitwall-host": name })), null);
  assert.notEqual(untrustedHost(new Headers({ host: name, "x-pitwall-host": "other.example" })), null);
});

test("a page of the same name over plain HTTP is not the same origin as one over TLS", () => {
  const seen = { host: "pitwall.example.com", "x-pitwall-proto": "https" };
  assert.equal(crossOriginReason(new Headers({ ...seen, origin: "https://pitwall.example.com" })), null);
  assert.notEqual(crossOriginReason(new Headers({ ...seen, origin: "http://pitwall.example.com" })), null);
});

test("the actor's address is the front's word and nobody else's, and is an address or nothing", () => {
  assert.equal(peerOf(new Headers({ "x-pitwall-from": "127.0.0.1" })), "127.0.0.1");
  assert.equal(peerOf(new Headers({ "x-pitwall-from": "::1" })), "::1");
  assert.equal(peerOf(new Headers({ "x-pitwall-from": "<script>" })), null);
  assert.equal(peerOf(new Headers({ "x-forwarded-for": "192.0.2.1" })), null);
  assert.equal(peerOf(new Headers()), null);
});
