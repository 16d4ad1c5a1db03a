import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type Address, formatAddress, parseAddress } from "#lib/transports/address.ts";

test("what is written is read again as it was", () => {
  const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(host, fc.integer({ min: 1, max: 65_535 }), (name, port) => {
      const address: Address = { type: "tcp", host: name, port };
      assert.deepEqual(parseAddress(formatAddress(address)), address);
    }),
  );
  assert.deepEqual(parseAddress("/run/haproxy/admin.sock"), { type: "unix", path: "/run/haproxy/admin.sock" });
});

test("a host alone takes the port it is given, and is no address without one", () => {
  assert.deepEqual(parseAddress("web-01", 80), { type: "tcp", host: "web-01", port: 80 });
  assert.deepEqual(parseAddress("[::1]", 80), { type: "tcp", host: "::1", port: 80 });
  assert.deepEqual(parseAddress("::1", 80), { type: "tcp", host: "::1", port: 80 });
  assert.equal(parseAddress("web-01"), undefined);
});

test("anything else is no address", () => {
  for (const text of [
    "",
    "a b:80",
    "web:0",
    "web:65536",
    "web:8o",
    "http://web:80",
    "web:80:90",
    "user@web/x:80",
    "[::1:80",
  ]) {
    assert.equal(parseAddress(text), undefined, text);
  }
});
