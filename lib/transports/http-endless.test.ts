import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import http from "node:http";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { failed, succeeded } from "#lib/transports/fault-injection/outcome.ts";
import { createHttp } from "#lib/transports/http.ts";
import { createReach } from "#lib/transports/reach.ts";

const gigabyte = 1_000_000_000;

async function endlessServer(t: TestContext): Promise<string> {
  const script = fileURLToPath(import.meta.resolve("#lib/transports/fault-injection/endless-server.ts"));
  const child = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => child.kill());
  const port = await new Promise<string>((resolve) =>
    child.stdout.once("data", (line: Buffer) => resolve(line.toString().trim())),
  );
  return `http://127.0.0.1:${port}/`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

test("a gigabyte of endless answers leaves memory and the other checks as they were", async (t) => {
  const transport = createHttp(createReach(onLoopback));
  const { signal } = new AbortController();
  const url = await endlessServer(t);
  const server = http.createServer((_, answer) => answer.end("well")).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => server.close());
  const wellUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  const maxBytes = 4_000_000;
  const flood = () => transport.request({ url, timeoutMs: 60_000, maxBytes, signal });
  for (let warm = 0; warm < 20; warm += 1) failed(await flood(), "too-large");
  const before = process.memoryUsage().rss;
  let highest = before;
  let fed = 0;
  let flooding = true;
  const others = (async () => {
    const tookMs: number[] = [];
    while (flooding) {
      const well = succeeded(await transport.request({ url: wellUrl, timeoutMs: 60_000, maxBytes: 1_000, signal }));
      tookMs.push(well.timings.totalMs);
    }
    return tookMs;
  })();
  const floodsMs: number[] = [];
  while (fed < gigabyte) {
    const from = performance.now();
    failed(await flood(), "too-large");
    floodsMs.push(performance.now() - from);
    fed += maxBytes;
    highest = Math.max(highest, process.memoryUsage().rss);
  }
  flooding = false;
  const othersMs = await others;
  const grownBytes = highest - before;
  t.diagnostic(
    `memory grew by ${Math.round(grownBytes / 1e6)} MB, slowest other check ${Math.round(Math.max(...othersMs))} ms`,
  );
  assert.ok(grownBytes < 60_000_000, `memory grew by ${grownBytes} bytes`);
  // By the time of the same moments: a busy machine makes both slow. A check that waited for a flood's end would take as long.
  const [usual, flooded] = [median(othersMs), median(floodsMs)];
  assert.ok(usual < flooded, `other checks took ${usual} ms, a flood ${flooded} ms`);
});
