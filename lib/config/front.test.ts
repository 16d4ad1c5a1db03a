import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { frontOfFile, noFront, type readFront } from "#lib/config/front.ts";
import { networksOf } from "#lib/config/front-schema.ts";
import { parseConfig } from "#lib/config/parse-config.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok } from "#lib/core/result.ts";

const there = () => ok(undefined);

function complaintsOf(text: string, exists: Parameters<typeof readFront>[3] = there): string[] {
  const parsed = parseConfig(`${text}\nservices: []\n`, "/etc/pitwall/pitwall.yaml", {}, exists);
  return parsed.ok ? [] : parsed.error.map(({ line, message }) => `${line}: ${message}`);
}

test("names, TLS and proxies are read, and files are found from where pitwall.yaml stands", () => {
  const text = [
    "url: [https://Pitwall.example.com/, http://board.lan:8080]",
    "tls: { cert: tls/chain.pem, key: 'file:/run/keys/pitwall.pem' }",
    "proxy: { trust: [10.0.0.2, 10.0.1.0/24, 'fd00::/8'] }",
    "services: []",
  ].join("\n");
  const parsed = parseConfig(text, "/etc/pitwall/pitwall.yaml", {}, there);
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.value.front, {
    urls: ["https://pitwall.example.com", "http://board.lan:8080"],
    tls: { certFile: "/etc/pitwall/tls/chain.pem", keyFile: "/run/keys/pitwall.pem" },
    trustedProxies: ["10.0.0.2", "10.0.1.0/24", "fd00::/8"],
    userHeaders: null,
  });
  assert.ok(networksOf(parsed.value.front.trustedProxies).check("10.0.1.77"));
  assert.ok(!networksOf(parsed.value.front.trustedProxies).check("10.0.2.1"));
});

test("what would open the door too far, or not at all, is a mistake with its line", () => {
  const cases: [string, RegExp][] = [
    ["url: https://pitwall.example.com/board", /^1: .*without a path/],
    ["url: ftp://pitwall.example.com", /^1: .*without a path/],
    ["url: https://user:pass@pitwall.example.com", /^1: .*without a path/],
    ["proxy: { trust: [0.0.0.0/0] }", /^1: .*address like/],
    ["proxy: { trust: ['::/0'] }", /^1: .*address like/],
    ["proxy: { trust: [10.0.0.0/33] }", /^1: .*address like/],
    ["proxy: { trust: [proxy.lan] }", /^1: .*address like/],
    ["proxy: { trust: [] }", /^1: /],
    ["tls: { cert: a.pem }", /^1: .*key/],
    ["tls: { cert: a.pem, key: 'env:KEY' }", /^1: .*expected a file/],
    ["tls: { cert: a.pem, key: b.pem, version: 1.0 }", /^1: .*version/],
  ];
  for (const [text, wanted] of cases) {
    const [first, ...more] = complaintsOf(text);
    assert.match(first ?? "none", wanted, text);
    assert.deepEqual(more, [], text);
  }
});

test("a certificate that is not there is said before anything starts", () => {
  const missing = () => err(failure("secret-missing", "there is no file /etc/pitwall/a.pem"));
  assert.match(complaintsOf("tls: { cert: a.pem, key: b.pem }", missing).join("\n"), /`tls\.cert`: there is no file/);
});

test("the web reads its own keys from a file whose services it knows nothing of, and never half of them", (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-front-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, "pitwall.yaml");
  writeFileSync(
    file,
    "url: https://pitwall.example.com\nservices: [{ id: x, kind: not-yet-known, password: env:NONE }]\n",
  );
  assert.deepEqual(frontOfFile(file)?.urls, ["https://pitwall.example.com"]);
  writeFileSync(file, "services: []\n");
  assert.deepEqual(frontOfFile(file), noFront);
  const behind =
    "proxy: { trust: [10.0.0.2] }\naccess: { proxyHeader: { user: Remote-User, roles: { '*': viewer } } }\n";
  writeFileSync(file, behind);
  assert.equal(frontOfFile(file)?.userHeaders?.user, "Remote-User");
  for (const broken of ["proxy: { trust: [everybody] }", "url: [", "- a list", "access: { proxyHeader: {} }"]) {
    writeFileSync(file, broken);
    assert.equal(frontOfFile(file), null, broken);
  }
  assert.equal(frontOfFile(path.join(folder, "none.yaml")), null);
});
