import zlib from "node:zlib";
import { assertHarmless } from "#e2e/fuzz/harmless.ts";
import type { FuzzTarget } from "#e2e/fuzz/target.ts";
import { searchFor } from "#lib/core/search-text.ts";
import { httpConfig } from "#lib/integrations/http/config.ts";
import { blamesOf, unmet } from "#lib/integrations/http/judge-answer.ts";
import { checkJsonPath, valueAt } from "#lib/integrations/http/match.ts";
import { receiveBody } from "#lib/transports/http-body.ts";
import { redirected } from "#lib/transports/http-redirect.ts";

const config = httpConfig.parse({
  url: "http://shop.example/health",
  expect: { body: { contains: "ok", matches: "status.{0,20}(up|ok)+$", json: { path: "$.status", equals: "up" } } },
  dependencies: [
    { path: "$.checks.database.status", service: "pg-main", healthy: ["up"] },
    { path: "$..queue[?@.depth > 3].name", service: "queue", healthy: [null] },
  ],
});
const health = Buffer.from(
  '{"status":"down","checks":{"database":{"status":"down"},"queue":[{"name":"mail","depth":5},{"name":"a","depth":1}]}}',
);

const bodyTarget: FuzzTarget = {
  name: "http-body",
  drives: "what a check expects of a body: text, pattern, JSON path, blames",
  seeds: [health, Buffer.from("<html><title>status: ok</title></html>"), Buffer.from("[]")],
  words: ['"status"', '"checks"', '"depth"', '"queue"', "status: up", "ok", "[[[[", '{"queue":[{"queue":'],
  guided: true,
  run: (input) => {
    const body = input.toString("utf8");
    const certificate = null;
    assertHarmless([unmet(config, { status: 200, body, certificate }), blamesOf(config, body)]);
  },
};

const patternTarget: FuzzTarget = {
  name: "http-expressions",
  drives: "regular expressions and JSON paths of pitwall.yaml, compiled and run",
  seeds: ["status.{0,20}(up|ok)+$", "(a+)+$", "$.checks[*].status", "$..a[?@.b == 'c']", "[[:alpha:]]{1,3}"].map(
    (text) => Buffer.from(text),
  ),
  words: ["(a+)+", "{1000}", "[^a]", "\\p{L}", "(?i)", "$..", "[?", "@.", "match(", "search(", "length(", "&&", "*"],
  longestBytes: 512,
  run: (input) => {
    const text = input.toString("utf8");
    const search = searchFor(text.slice(0, 500));
    if (search.ok) search.value("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa! status: up");
    const path = text.slice(0, 200);
    if (checkJsonPath(path).ok) valueAt(health.toString(), path);
  },
};

const codings = ["gzip", "deflate", "br", "zstd", "gzip, br", "x-gzip, identity", "surely-none"];
const maxBytes = 65_536;

const encodingTarget: FuzzTarget = {
  name: "http-encodings",
  drives: "bodies packed with gzip, deflate, br, zstd and with several of them, to 64 KiB unpacked",
  // The first byte chooses the coding.
  seeds: [
    Buffer.concat([Buffer.from([0]), zlib.gzipSync(health)]),
    Buffer.concat([Buffer.from([1]), zlib.deflateSync(health)]),
    Buffer.concat([Buffer.from([1]), zlib.deflateRawSync(health)]),
    Buffer.concat([Buffer.from([2]), zlib.brotliCompressSync(health)]),
    Buffer.concat([Buffer.from([3]), zlib.zstdCompressSync(health)]),
    Buffer.concat([Buffer.from([4]), zlib.brotliCompressSync(zlib.gzipSync(health))]),
    Buffer.concat([Buffer.from([0]), zlib.gzipSync(Buffer.alloc(1_000_000))]),
  ],
  longestBytes: 4_096,
  run: (input) =>
    new Promise((resolve, reject) => {
      const bounds = { maxBytes, keepBytes: maxBytes / 2 };
      const body = receiveBody(codings[(input[0] ?? 0) % codings.length], bounds, "10.0.0.5:80", {
        whole: (whole, bytes) =>
          whole.length <= maxBytes / 2 && bytes <= maxBytes ? resolve() : reject(new Error(`${bytes} bytes came out`)),
        failed: (error) => {
          assertHarmless(error);
          resolve();
        },
      });
      const half = Math.floor(input.length / 2);
      body.write(input.subarray(1, half));
      body.write(input.subarray(Math.max(1, half)));
      body.end();
    }),
};

const hop = { url: new URL("https://shop.example/a"), method: "POST", headers: { cookie: "a=1" }, body: "x" };

const redirectTarget: FuzzTarget = {
  name: "http-redirect",
  drives: "the Location a server redirects to",
  seeds: ["/b", "https://elsewhere.example/", "//x", "javascript:alert(1)", "http://[::1]:0/", "?q"].map((text) =>
    Buffer.from(text),
  ),
  words: ["http://", "https://", "//", "@", "[::1]", ":99999", "file:///", "\\", "xn--", "\t"],
  run: (input) => {
    // Header values arrive as Latin-1.
    const next = redirected(hop, 302, input.toString("latin1"));
    if (!next.ok) assertHarmless(next.error);
    else if (next.value.url.origin !== hop.url.origin && "cookie" in next.value.headers)
      throw new Error("a cookie left");
  },
};

export const httpTargets: readonly FuzzTarget[] = [bodyTarget, patternTarget, encodingTarget, redirectTarget];
