import assert from "node:assert/strict";
import { test } from "node:test";
import { peerOf } from "#lib/access/peer.ts";
import { crossOriginReason, untrustedHost } from "#lib/access/same-origin.ts";

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

test("the actor's address is an address or nothing", () => {
  assert.equal(peerOf(new Headers({ "x-forwarded-for": "127.0.0.1" })), "127.0.0.1");
  assert.equal(peerOf(new Headers({ "x-forwarded-for": "made up, ::1" })), "::1");
  assert.equal(peerOf(new Headers({ "x-forwarded-for": "<script>" })), null);
  assert.equal(peerOf(new Headers()), null);
});
