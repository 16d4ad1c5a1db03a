import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { failure } from "#lib/core/failure.ts";
import { err } from "#lib/core/result.ts";
import { judge } from "#lib/core/rule.ts";
import { collect } from "#lib/integrations/http/collector.ts";
import { httpConfig } from "#lib/integrations/http/config.ts";
import type { HttpTarget } from "#lib/integrations/http/detail.ts";
import { manifest } from "#lib/integrations/http/manifest.ts";
import { createHttp } from "#lib/transports/http.ts";
import { createReach } from "#lib/transports/reach.ts";

interface Case {
  readonly about: string;
  readonly config: Record<string, unknown> & {
    readonly nodes: readonly string[];
    readonly balancer?: { name: string };
  };
  /** By target, the recorded answer as it came, head and body. */
  readonly answers: Readonly<Record<string, string>>;
}

const folder = path.join(import.meta.dirname, "fixtures");

for (const name of readdirSync(folder)) {
  const scene = JSON.parse(readFileSync(path.join(folder, name, "case.json"), "utf8")) as Case;
  test(`recording ${name}: ${scene.about}`, async (t) => {
    const told = await play(t, name, scene);
    const file = path.join(folder, name, "expected.json");
    assert.ok(
      existsSync(file),
      `a new recording needs its expected.json; it is judged as ${JSON.stringify(told, null, 2)}`,
    );
    assert.deepEqual(told, JSON.parse(readFileSync(file, "utf8")));
  });
}

/** Serves each recorded answer byte by byte on a socket, asks it as a poll does, and tells what is made of it. */
async function play(t: TestContext, name: string, { config, answers }: Case): Promise<unknown> {
  const addresses = new Map<string, string>();
  for (const [target, file] of Object.entries(answers)) {
    addresses.set(target, await replay(t, readFileSync(path.join(folder, name, file), "utf8")));
  }
  const notHere = async () => err(failure("internal", "recordings need HTTP alone"));
  const sample = await collect({
    config: httpConfig.parse({
      ...config,
      nodes: config.nodes.map((node) => ({ name: node, address: addresses.get(node) })),
      ...(config.balancer ? { balancer: { ...config.balancer, address: addresses.get(config.balancer.name) } } : {}),
    }),
    transports: {
      http: createHttp(createReach(onLoopback)),
      tcp: { exchange: notHere },
      ssh: { run: notHere },
      postgres: { query: notHere },
    },
    secret: () => err(failure("secret-missing", "recordings hold no secret")),
    signal: new AbortController().signal,
    timeoutMs: 30_000,
    now: Date.now,
    previous: undefined,
  });
  assert.ok(sample.ok, sample.ok ? "" : sample.error.what);
  const { detail } = sample.value;
  return {
    findings: judge(detail, manifest.rules).map(({ severity, rule, message }) => `${severity} ${rule} · ${message}`),
    targets: Object.fromEntries(detail.targets.map((target) => [target.name, wordsOf(target)])),
  };
}

function wordsOf({ outcome, status, bytes, bodyStart, blames }: HttpTarget): unknown {
  return {
    outcome: outcome.is,
    status,
    bytes,
    bodyStart,
    blames: blames.map(({ service, got }) => `${service}: ${got}`),
  };
}

/** A server that answers every connection with these bytes. The head was recorded with bare line feeds, which HTTP has not. */
async function replay(t: TestContext, recorded: string): Promise<string> {
  const [head = "", ...body] = recorded.replaceAll("\r\n", "\n").split("\n\n");
  // Length and chunking of the recording belong to the line ends it had; the end of the connection ends the body here.
  const lines = head.split("\n").filter((line) => !/^(content-length|transfer-encoding|connection):/i.test(line));
  const bytes = `${lines.join("\r\n")}\r\nconnection: close\r\n\r\n${body.join("\n\n")}`;
  const server = net.createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", () => socket.end(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}
