import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { after, before, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { ok } from "#lib/core/result.ts";
import { failed, succeeded } from "#lib/transports/fault-injection/outcome.ts";
import { giveToServer } from "#lib/transports/fault-injection/private-server.ts";
import { answering, rawServer } from "#lib/transports/fault-injection/raw-server.ts";
import { type KeyPair, makeKeyPair, type Sshd, serving, startSshd } from "#lib/transports/fault-injection/sshd.ts";
import { createTransports, type OwnedTransports } from "#lib/transports/transports.ts";
import type { ExchangeRequest } from "#lib/transports/types.ts";

const folder = mkdtempSync(path.join(tmpdir(), "pitwall-tcp-"));
giveToServer(folder);
const key: KeyPair = makeKeyPair(folder, "key");
let open: Sshd;
let strict: Sshd;
let transports: OwnedTransports;

before(async () => {
  open = await startSshd("open", key);
  strict = await startSshd("strict", key, ["AllowTcpForwarding no", "AllowStreamLocalForwarding no"]);
  transports = createTransports({
    reach: onLoopback,
    hosts: { web: open.host, strict: strict.host },
    secret: () => ok(key.privateKey),
  });
});
after(async () => {
  await transports?.close();
  await Promise.all([open?.stop(), strict?.stop()]);
  rmSync(folder, { recursive: true });
});

function exchange(from: string, to: string, more: Partial<ExchangeRequest> = {}) {
  const signal = new AbortController().signal;
  return transports.tcp.exchange({
    from,
    to,
    send: "show info\n",
    timeoutMs: 10_000,
    maxBytes: 10_000,
    signal,
    ...more,
  });
}

/** Answers as HAProxy's socket does: one command, one answer, and the end. */
async function unixServer(t: TestContext, name: string): Promise<string> {
  const file = path.join(folder, name);
  const server = net.createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", (chunk) => socket.end(`you said ${chunk}`));
  });
  server.listen({ path: file, writableAll: true });
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => server.close());
  return file;
}

test("a socket and a port answer, from here and as a host sees them over ssh", async (t) => {
  const unix = await unixServer(t, "admin.sock");
  const tcp = await rawServer(t, answering("Uptime: 5\n"));
  for (const from of ["local", "web"]) {
    assert.equal(succeeded(await exchange(from, unix)), "you said show info\n", from);
    assert.equal(succeeded(await exchange(from, tcp.place)), "Uptime: 5\n", from);
  }
});

test("many questions at once over one connection get each its own answer", async (t) => {
  const unix = await unixServer(t, "many.sock");
  const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => exchange("web", unix, { send: `${n}` })));
  assert.deepEqual(
    answers.map(succeeded),
    Array.from({ length: 40 }, (_, n) => `you said ${n}`),
  );
});

test("an answer in pieces is read until the other side closes", async (t) => {
  const { place } = await rawServer(t, (socket) => {
    socket.write("first ");
    setTimeout(() => socket.end("last"), 100);
  });
  for (const from of ["local", "web"]) assert.equal(succeeded(await exchange(from, place)), "first last");
});

test("nothing listening is refused, no socket is not running", async () => {
  for (const from of ["local", "web"]) {
    failed(await exchange(from, "127.0.0.1:1"), "refused");
    failed(await exchange(from, path.join(folder, "nowhere.sock")), "not-running");
    failed(await exchange(from, "no-such-host.invalid:80"), "name-not-found");
  }
  failed(await exchange("local", "neither one nor the other"), "malformed");
});

test("silence is a timeout, silence after a part is stalled, a close without a word is reset, too much is too large", async (t) => {
  const silent = await rawServer(t, () => {});
  const half = await rawServer(t, (socket) => socket.write("half"));
  const closing = await rawServer(t, (socket) => socket.end());
  const much = await rawServer(t, (socket) => socket.write("x".repeat(20_000)));
  for (const from of ["local", "web"]) {
    failed(await exchange(from, silent.place, { timeoutMs: 400 }), "timeout");
    // Enough for the first half to come through sshd on a busy machine.
    failed(await exchange(from, half.place, { timeoutMs: 3_000 }), "stalled");
    failed(await exchange(from, closing.place), "reset");
    failed(await exchange(from, much.place), "too-large");
  }
});

test("a question that is stopped ends at once", async (t) => {
  const silent = await rawServer(t, () => {});
  for (const from of ["local", "web"]) {
    const stop = new AbortController();
    const running = exchange(from, silent.place, { signal: stop.signal });
    setTimeout(() => stop.abort(), 100);
    failed(await running, "aborted");
    failed(await exchange(from, silent.place, { signal: AbortSignal.abort() }), "aborted");
  }
});

test("a socket that cannot be reached over ssh says why", async (t) => {
  const unix = await unixServer(t, "forbidden.sock");
  const closed = await unixServer(t, "closed.sock");
  chmodSync(closed, 0o000);
  failed(await exchange("strict", "127.0.0.1:80"), "forbidden");
  assert.match(failed(await exchange("strict", unix), "not-running").what, /AllowStreamLocalForwarding/);
  assert.match(failed(await exchange("web", path.join(folder, "key")), "not-running").what, /is not a socket$/);
  failed(await exchange("web", closed), "forbidden");
});

test("streams that ended, well or not, hold no connection", async (t) => {
  const own = await startSshd("held", key);
  t.after(() => own.stop());
  const mine = createTransports({ reach: onLoopback, hosts: { held: own.host }, secret: () => ok(key.privateKey) });
  t.after(() => mine.close());
  const ask = (to: string, more: Partial<ExchangeRequest> = {}) => {
    const signal = new AbortController().signal;
    return mine.tcp.exchange({ from: "held", to, send: "x", timeoutMs: 10_000, maxBytes: 100, signal, ...more });
  };
  const good = await rawServer(t, answering("good"));
  const silent = await rawServer(t, () => {});
  const much = await rawServer(t, (socket) => socket.write("x".repeat(5_000_000)));
  succeeded(await ask(good.place));
  failed(await ask(silent.place, { timeoutMs: 200 }), "timeout");
  failed(await ask(much.place), "too-large");
  failed(await ask("127.0.0.1:1"), "refused");
  assert.notEqual(serving(own).length, 0);
  mine.replaceHosts({});
  for (let tries = 0; serving(own).length > 0; tries += 1) {
    assert.ok(tries < 3_000, "the connection is still held");
    await pause(20);
  }
});
