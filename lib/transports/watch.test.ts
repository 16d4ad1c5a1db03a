import assert from "node:assert/strict";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { test } from "node:test";
import { startWatch } from "#lib/transports/watch.ts";

test("an answer that is here counts, however late the deadline and it are noticed", async (t) => {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = net.connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [peer] = (await once(server, "connection")) as [net.Socket];
  t.after(() => {
    for (const one of [client, peer]) one.destroy();
    server.close();
  });
  const { signal } = new AbortController();
  const watch = startWatch({ timeoutMs: 20, signal });
  const read = once(client, "data").then(() => watch.release());
  peer.write("here");
  // As a machine does that has no time for this process.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  await read;
  assert.equal(watch.stopped, null);
});

test("a deadline without an answer ends the call", async () => {
  const { signal } = new AbortController();
  const watch = startWatch({ timeoutMs: 20, signal });
  assert.equal(await new Promise((resolve) => watch.whenStopped(resolve)), "timeout");
});
