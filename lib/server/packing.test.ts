import assert from "node:assert/strict";
import { test } from "node:test";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { get, triedFront } from "#e2e/servers/tried-front.ts";
import { codingFor } from "#lib/server/packing.ts";

const unpack = { zstd: zstdDecompressSync, br: brotliDecompressSync, gzip: gunzipSync } as const;

test("the coding is one that the reader named, and none when it refused all", () => {
  assert.equal(codingFor("gzip, deflate, br, zstd"), "zstd");
  assert.equal(codingFor("gzip, deflate, br"), "br");
  assert.equal(codingFor("GZIP;q=0.5"), "gzip");
  assert.equal(codingFor("gzip;q=1.0, br;q=0.2"), "gzip");
  assert.equal(codingFor("*"), "zstd");
  assert.equal(codingFor("zstd;q=0, *;q=0.1"), "br");
  for (const none of ["", "identity", "*;q=0", "gzip;q=0", "gzip;q=nonsense", "deflate"])
    assert.equal(codingFor(none), null, none);
});

test("an answer says the same packed as unpacked, however it is written", async (t) => {
  let pieces: readonly (string | Buffer)[] = [];
  let last: string | undefined;
  const front = await triedFront(t, {
    inner: async (_request, answer) => {
      answer.setHeader("content-type", "application/json");
      for (const piece of pieces) {
        answer.write(piece);
        answer.flush();
      }
      answer.end(last);
    },
  });
  const piece = fc.oneof(
    fc.string({ maxLength: 5_000, unit: "binary" }),
    fc.uint8Array({ maxLength: 90_000 }).map((bytes) => Buffer.from(bytes)),
  );
  const coding = fc.constantFrom("zstd", "br", "gzip");
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 6 }),
      fc.option(fc.string(), { nil: undefined }),
      coding,
      async (written, end, as) => {
        [pieces, last] = [written, end];
        const wanted = Buffer.concat([...written.map((one) => Buffer.from(one as string)), Buffer.from(end ?? "")]);
        const plain = await get(front.port, "/api/v1/x");
        assert.equal(plain.headers["content-encoding"], undefined);
        assert.ok(plain.body.equals(wanted));
        const packed = await get(front.port, "/api/v1/x", { headers: { "accept-encoding": as } });
        if (packed.headers["content-encoding"] === undefined) assert.ok(packed.body.equals(wanted));
        else assert.ok(unpack[as](packed.body).equals(wanted));
      },
    ),
    { numRuns: 60 },
  );
});

test("what must not be packed is not", async (t) => {
  const long = "x".repeat(10_000);
  const cases: Record<string, [Record<string, string>, string]> = {
    "an event stream": [{ "content-type": "text/event-stream" }, long],
    "what says so itself": [{ "content-type": "application/json", "cache-control": "no-store, no-transform" }, long],
    "what is packed already": [{ "content-type": "application/json", "content-encoding": "gzip" }, long],
    "a picture": [{ "content-type": "image/png" }, long],
    "next to nothing": [{ "content-type": "application/json" }, "{}"],
    "no type at all": [{}, long],
  };
  let name = "";
  const front = await triedFront(t, {
    inner: async (_request, answer) => {
      const [headers, body] = cases[name] ?? [{}, ""];
      for (const [header, value] of Object.entries(headers)) answer.setHeader(header, value);
      answer.end(body);
    },
  });
  for (name of Object.keys(cases)) {
    const answer = await get(front.port, "/api/v1/x", { headers: { "accept-encoding": "gzip, br, zstd" } });
    assert.equal(answer.body.toString(), cases[name]?.[1], name);
  }
});

test("a packed answer says what it depends on, and claims no length and no exact tag", async (t) => {
  const body = JSON.stringify({ text: "board ".repeat(1_000) });
  const front = await triedFront(t, {
    inner: async (_request, answer) => {
      answer.writeHead(200, {
        "content-type": "application/json",
        "content-length": body.length,
        etag: '"one"',
        vary: "rsc",
      });
      answer.end(body);
    },
  });
  const packed = await get(front.port, "/api/v1/x", { headers: { "accept-encoding": "gzip" } });
  assert.equal(packed.headers["content-encoding"], "gzip");
  assert.equal(packed.headers["content-length"], undefined);
  assert.equal(packed.headers.etag, 'W/"one"');
  assert.equal(packed.headers.vary, "rsc, Accept-Encoding");
  assert.equal(gunzipSync(packed.body).toString(), body);
  const plain = await get(front.port, "/api/v1/x");
  assert.equal(plain.headers["content-length"], String(body.length));
  assert.equal(plain.headers.vary, "rsc, Accept-Encoding", "a cache must know that there is another");
  const head = await get(front.port, "/api/v1/x", { method: "HEAD", headers: { "accept-encoding": "gzip" } });
  assert.equal(head.body.length, 0);
});
