import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import zlib from "node:zlib";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { failure } from "#lib/core/failure.ts";
import { err, type Result } from "#lib/core/result.ts";
import { collect as collectHaproxy } from "#lib/integrations/haproxy/collector.ts";
import { haproxyConfig } from "#lib/integrations/haproxy/config.ts";
import { collect as collectHttp } from "#lib/integrations/http/collector.ts";
import { httpConfig } from "#lib/integrations/http/config.ts";
import { collect as collectPassenger } from "#lib/integrations/passenger/collector.ts";
import { statusArgv } from "#lib/integrations/passenger/command.ts";
import { passengerConfig } from "#lib/integrations/passenger/config.ts";
import { createTransports } from "#lib/transports/transports.ts";

const mebibyte = 2 ** 20;
/** A thousandth of what most bombs come to; the collector's own bound and a few copies of it. */
const mostGrowth = 160 * mebibyte;

/** 1 GiB of zeros, packed: one packed piece as often as it takes, for each of these formats lets pieces follow each other. */
async function bombs(): Promise<Readonly<Record<string, readonly Buffer[]>>> {
  const zeros = Buffer.alloc(16 * mebibyte);
  const deflated = zlib.deflateRawSync(zeros, { finishFlush: zlib.constants.Z_FULL_FLUSH });
  const brotli = zlib.createBrotliCompress({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } });
  const first = await flushed(brotli, zeros);
  const next = await flushed(brotli, zeros);
  brotli.destroy();
  const times = (piece: Buffer, count = 64) => Array.from({ length: count }, () => piece);
  return {
    gzip: times(zlib.gzipSync(zeros)),
    deflate: [Buffer.from([0x78, 0x01]), ...times(deflated)],
    br: [first, ...times(next, 63)],
    zstd: times(zlib.zstdCompressSync(zeros)),
  };
}

async function flushed(packer: zlib.BrotliCompress, bytes: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const keep = (piece: Buffer) => void pieces.push(piece);
  packer.on("data", keep);
  packer.write(bytes);
  await new Promise<void>((resolve) => packer.flush(() => resolve()));
  packer.off("data", keep);
  return Buffer.concat(pieces);
}

function worldOf(t: TestContext) {
  const secret = (reference: string) => err(failure("secret-missing", `${reference} is not set`));
  const transports = createTransports({ hosts: {}, secret, reach: onLoopback });
  t.after(() => transports.close());
  const signal = AbortSignal.timeout(60_000);
  return { transports, secret, signal, timeoutMs: 30_000, now: Date.now, previous: undefined };
}

/** What it came to, and by how much this process grew at its largest meanwhile. */
async function measured<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly grew: number }> {
  const before = process.memoryUsage().rss;
  let most = before;
  const look = () => {
    most = Math.max(most, process.memoryUsage().rss);
  };
  const looking = setInterval(look, 5);
  try {
    const value = await work();
    look();
    return { value, grew: most - before };
  } finally {
    clearInterval(looking);
  }
}

function assertSmall(grew: number, what: string): void {
  assert.ok(grew < mostGrowth, `${what}: ${Math.round(grew / mebibyte)} MiB`);
}

function kindOf(result: Result<unknown>): string {
  return result.ok ? "read" : result.error.kind;
}

async function listening(t: TestContext, server: net.Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const open = new Set<net.Socket>();
  server.on("connection", (socket) => open.add(socket.on("error", () => undefined)));
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Writes until the other side has enough. */
async function pour(socket: NodeJS.WritableStream & { destroyed?: boolean }, pieces: Iterable<string | Buffer>) {
  for (const piece of pieces) {
    if (socket.destroyed === true) return;
    if (socket.write(piece)) continue;
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.once("drain", resolve).once("close", resolve);
    await promise;
    socket.off("drain", resolve).off("close", resolve);
  }
  socket.end();
}

function* endless(piece: Buffer): Generator<Buffer> {
  for (;;) yield piece;
}

test("a gigabyte packed into little, and a body or line without end, are cut off at the bound", async (t) => {
  const packed: Record<string, Iterable<Buffer>> = await bombs();
  packed.endless = endless(Buffer.alloc(65_536, "x"));
  const world = worldOf(t);
  const port = await listening(
    t,
    http.createServer((request, response) => {
      const coding = request.url?.slice(1) ?? "";
      const head = coding === "endless" ? {} : { "content-encoding": coding };
      response.writeHead(200, { "content-type": "text/plain", ...head });
      void pour(response, packed[coding] ?? []);
    }),
  );
  for (const coding of Object.keys(packed)) {
    const url = `http://127.0.0.1:${port}/${coding}`;
    const config = httpConfig.parse({ url, expect: { body: { contains: "fine" } } });
    const { value, grew } = await measured(() => collectHttp({ ...world, config }));
    assertSmall(grew, coding);
    const told = value.ok ? JSON.stringify(value.value.detail.targets[0]) : value.error.kind;
    assert.match(told, coding === "endless" ? /too-large/ : /bad-encoding/, coding);
  }
});

test("what a HAProxy socket says without end, in one line or as one huge table, is cut off at the bound", async (t) => {
  const world = worldOf(t);
  const header = "# pxname,svname,type,status,last_agt,\n";
  const said: readonly (() => Iterable<string | Buffer>)[] = [
    () => endless(Buffer.alloc(65_536, "x")),
    () => [header, ...Array.from({ length: 1_600 }, () => Buffer.alloc(65_536, '"'))],
    () => [`${header}be,${"w".repeat(7_000_000)},2,UP,"${"a".repeat(500_000)}",\n`],
  ];
  let answer = said[0];
  const port = await listening(
    t,
    net.createServer((socket) => {
      socket.resume();
      void pour(socket, answer?.() ?? []);
    }),
  );
  const config = haproxyConfig.parse({ processes: [{ name: "lb-1", socket: `127.0.0.1:${port}` }] });
  const kinds: string[] = [];
  for (const next of said) {
    answer = next;
    const { value, grew } = await measured(() => collectHaproxy({ ...world, config }));
    assertSmall(grew, `answer ${kinds.length}`);
    kinds.push(kindOf(value));
    if (value.ok) assert.ok(JSON.stringify(value.value).length < 100_000, "what is kept of it is short");
  }
  assert.deepEqual(kinds.slice(0, 2), ["too-large", "too-large"]);
});

const laughs = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">${Array.from(
  { length: 9 },
  (_, at) => `<!ENTITY lol${at + 1} "${`&lol${at === 0 ? "" : at};`.repeat(10)}">`,
).join("")}]><info><passenger_version>&lol9;</passenger_version></info>`;

test("entities that laugh a billion times, elements without bottom and a line of 100 MB say nothing of Passenger", async (t) => {
  const world = worldOf(t);
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-bombs-"));
  const formerPath = process.env.PATH;
  t.after(() => {
    process.env.PATH = formerPath;
    rmSync(folder, { recursive: true, force: true });
  });
  const config = passengerConfig.parse({ nodes: [{ name: "web-01", host: "local" }] });
  const [tool] = statusArgv(config.nodes[0] as (typeof config.nodes)[number], "xml");
  process.env.PATH = `${folder}:${formerPath}`;
  const bodies = {
    laughs,
    "an external entity": '<!DOCTYPE i [<!ENTITY f SYSTEM "file:///etc/passwd">]><info>&f;</info>',
    deep: `<info>${"<a>".repeat(3_000_000)}`,
    "one line": null,
  };
  for (const [what, body] of Object.entries(bodies)) {
    const file = path.join(folder, "answer");
    writeFileSync(file, body ?? "");
    const print = body === null ? "head -c 100000000 /dev/zero | tr '\\\\0' x" : `cat '${file}'`;
    writeFileSync(path.join(folder, tool), `#!/bin/sh\n${print}\n`);
    chmodSync(path.join(folder, tool), 0o755);
    const { value, grew } = await measured(() => collectPassenger({ ...world, config }));
    assertSmall(grew, what);
    assert.match(kindOf(value), body === null ? /^too-large$/ : /^(malformed|too-large)$/, what);
    assert.doesNotMatch(JSON.stringify(value), /root:x:|lollol/, what);
  }
});
