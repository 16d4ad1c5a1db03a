import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import type { ReachConfig } from "#lib/config/model.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok } from "#lib/core/result.ts";
import { nameServer } from "#lib/transports/fault-injection/name-server.ts";
import { failed, succeeded } from "#lib/transports/fault-injection/outcome.ts";
import { makeKeyPair } from "#lib/transports/fault-injection/sshd.ts";
import { createHttp } from "#lib/transports/http.ts";
import { ipv4Within } from "#lib/transports/ip-address.ts";
import { createReach } from "#lib/transports/reach.ts";
import { createTransports } from "#lib/transports/transports.ts";

const bounds = () => ({ timeoutMs: 5_000, maxBytes: 10_000, signal: new AbortController().signal });
const noSecret = () => err(failure("secret-missing", "none here"));

/** A web server on one of loopback's addresses, which counts who comes. */
async function listener(
  t: TestContext,
  address: string,
  serve: http.RequestListener = (_, answer) => answer.end("in"),
) {
  let connections = 0;
  const server = http.createServer(serve).on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((done) => server.listen(0, address, done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://${address}:${port}/`, came: () => connections };
}

function refused(host: string, policy?: Partial<ReachConfig>): boolean {
  return createReach({ allow: [], deny: [], ...policy }).refusal(host) !== null;
}

test("however loopback is spelled, nothing connects to it unless it is allowed", async (t) => {
  const { port, came } = await listener(t, "127.0.0.1");
  const strict = createTransports({ hosts: {}, secret: noSecret });
  t.after(() => strict.close());
  const inUrls = [
    ...["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "0", "0.0.0.0"],
    ...["localhost", "LOCALHOST", "127.0.0.1.", "①②⑦.0.0.1"],
    ...[
      "[::1]",
      "[::]",
      "[::ffff:127.0.0.1]",
      "[::ffff:7f00:1]",
      "[::127.0.0.1]",
      "[64:ff9b::7f00:1]",
      "[2002:7f00:1::]",
    ],
  ];
  for (const host of inUrls) {
    failed(await strict.http.request({ url: `http://${host}:${port}/`, ...bounds() }), "not-allowed");
  }
  const asAddresses = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
  ];
  for (const host of asAddresses) {
    const address = `${host}:${port}`;
    const url = "http://shop.example.com/";
    failed(await strict.http.request({ url, address, ...bounds() }), "not-allowed");
    failed(await strict.tcp.exchange({ to: address, from: "local", send: "x", ...bounds() }), "not-allowed");
    const target = { host: host.replace(/[[\]]/g, ""), port, database: "postgres", user: "pitwall" };
    failed(await strict.postgres.query(target, "SELECT 1", [], bounds()), "not-allowed");
  }
  assert.equal(came(), 0);
});

test("an ssh host on loopback is not dialled unless it is allowed", async (t) => {
  const { port, came } = await listener(t, "127.0.0.1");
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-reach-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { privateKey } = makeKeyPair(folder, "key");
  const host = { name: "web", address: "127.1", port, user: "u", key: "env:K", hostKeys: [], via: null };
  const strict = createTransports({ hosts: { web: host }, secret: () => ok(privateKey) });
  t.after(() => strict.close());
  failed(await strict.ssh.run("web", { argv: ["true"], ...bounds() }), "not-allowed");
  assert.equal(came(), 0);
});

test("what was refused says why, and the very line that allows it", () => {
  const reach = createReach();
  assert.equal(
    reach.refusal("127.0.0.1")?.what,
    "127.0.0.1 is loopback; Pitwall asks it only where pitwall.yaml says so: reach: { allow: [127.0.0.1] }",
  );
  assert.match(reach.refusal("::1")?.what ?? "", /reach: { allow: \["::1"\] }$/);
  assert.match(
    reach.refusal("169.254.169.254")?.what ?? "",
    /link-local, where clouds hand out a machine's credentials/,
  );
  const denying = createReach({ allow: [], deny: ["10.9.0.0/16"] });
  assert.equal(denying.refusal("10.9.1.1")?.what, "10.9.1.1 is denied by `reach` of pitwall.yaml");
});

test("a redirect from a watched server to metadata, or to an address that is not allowed, is refused", async (t) => {
  const inside = await listener(t, "127.0.0.2");
  const targets = [
    inside.url,
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/",
    "http://metadata.google.internal/",
  ];
  const watched = await listener(t, "127.0.0.1", (asked, answer) => {
    answer.writeHead(302, { location: targets[Number(asked.url?.slice(1))] ?? "/" }).end();
  });
  const careful = createHttp(createReach({ allow: ["127.0.0.1"], deny: [] }));
  for (const index of targets.keys()) {
    const answer = await careful.request({ url: `${watched.url}${index}`, redirects: 5, ...bounds() });
    failed(answer, "not-allowed");
  }
  assert.equal(inside.came(), 0);
  assert.equal(watched.came(), targets.length);
});

test("a name that answers with another address the second time is judged anew, and connected to nothing else", async (t) => {
  const allowed = await listener(t, "127.0.0.5");
  const names = await nameServer(t, (_, times) => (times === 0 ? ["127.0.0.5"] : ["127.0.0.6"]));
  const careful = createHttp(createReach({ allow: ["127.0.0.5"], deny: [] }, names.resolve));
  const url = `http://rebound.example:${allowed.port}/`;
  assert.equal(succeeded(await careful.request({ url, ...bounds() })).remoteAddress, "127.0.0.5");
  // One look-up for the whole request: there is no second answer between the judgement and the connection.
  assert.deepEqual(names.asked, ["rebound.example"]);
  const again = failed(await careful.request({ url, ...bounds() }), "not-allowed");
  assert.match(again.what, /^rebound\.example leads to 127\.0\.0\.6, which is loopback/);
  assert.equal(allowed.came(), 1);
});

test("of the addresses of a name only those that passed are tried", async (t) => {
  const allowed = await listener(t, "127.0.0.5");
  const names = await nameServer(t, () => ["127.0.0.6", "169.254.169.254", "127.0.0.5"]);
  const careful = createHttp(createReach({ allow: ["127.0.0.5"], deny: [] }, names.resolve));
  const answer = succeeded(await careful.request({ url: `http://mixed.example:${allowed.port}/`, ...bounds() }));
  assert.equal(answer.remoteAddress, "127.0.0.5");
});

test("an allowed name may lead to loopback, but never to metadata", async (t) => {
  const web = await listener(t, "127.0.0.7");
  const names = await nameServer(t, (name) => (name.startsWith("web.") ? ["127.0.0.7"] : ["169.254.169.254"]));
  const careful = createHttp(createReach({ allow: ["*.lab.example"], deny: ["db.lab.example"] }, names.resolve));
  const ask = (name: string) => careful.request({ url: `http://${name}:${web.port}/`, ...bounds() });
  assert.equal(succeeded(await ask("web.lab.example")).status, 200);
  failed(await ask("elsewhere.example"), "not-allowed");
  failed(await ask("meta.lab.example"), "not-allowed");
  const denied = failed(await ask("db.lab.example"), "not-allowed");
  assert.match(denied.what, /db\.lab\.example is denied/);
  assert.ok(!names.asked.includes("db.lab.example"));
});

test("of allow and deny the most specific entry decides, and a wide one opens none of the small nets", () => {
  assert.ok(refused("169.254.169.254", { allow: ["0.0.0.0/0", "::/0"] }));
  assert.ok(refused("127.0.0.1", { allow: ["0.0.0.0/0"] }));
  assert.ok(!refused("10.1.2.3"));
  assert.ok(refused("10.1.2.3", { deny: ["0.0.0.0/0"] }));
  assert.ok(!refused("10.1.2.3", { deny: ["0.0.0.0/0"], allow: ["10.0.0.0/8"] }));
  assert.ok(refused("10.9.2.3", { deny: ["0.0.0.0/0", "10.9.0.0/16"], allow: ["10.0.0.0/8"] }));
  assert.ok(refused("10.1.2.3", { deny: ["10.1.2.3"], allow: ["10.1.2.3"] }));
  assert.ok(!refused("fd12::1") && refused("fd12::1", { deny: ["fc00::/7"] }));
  assert.ok(refused("fe80::1%eth0") && !refused("fe80::1%eth0", { allow: ["fe80::/10"] }));
  assert.ok(!refused("::ffff:127.0.0.1", { allow: ["127.0.0.1"] }));
});

test("another policy holds from the next connection on", async (t) => {
  const web = await listener(t, "127.0.0.1");
  const transports = createTransports({ hosts: {}, secret: noSecret, reach: onLoopback });
  t.after(() => transports.close());
  assert.equal(succeeded(await transports.http.request({ url: web.url, ...bounds() })).status, 200);
  transports.replaceReach({ allow: [], deny: [] });
  failed(await transports.http.request({ url: web.url, ...bounds() }), "not-allowed");
});

test("behind an ssh host its own loopback may be asked, its metadata may not", () => {
  const reach = createReach();
  assert.equal(reach.remoteRefusal("127.0.0.1"), null);
  assert.equal(reach.remoteRefusal("db.internal"), null);
  assert.equal(reach.remoteRefusal("169.254.169.254")?.kind, "not-allowed");
  assert.equal(reach.remoteRefusal("metadata.google.internal")?.kind, "not-allowed");
});

test("no form in which IPv6 carries an IPv4 address hides it", () => {
  const byte = fc.integer({ min: 0, max: 255 });
  const hex = (...bytes: number[]) => bytes.map((one) => one.toString(16).padStart(2, "0")).join("");
  fc.assert(
    fc.property(byte, byte, fc.constantFrom([127, 0], [169, 254], [0, 0], [224, 0]), (c, d, [a = 0, b = 0]) => {
      const [high, low] = [hex(a, b), hex(c, d)];
      const [wrongHigh, wrongLow] = [hex(255 - a, 255 - b), hex(255 - c, 255 - d)];
      const forms = [
        `::ffff:${high}:${low}`,
        `::ffff:${a}.${b}.${c}.${d}`,
        `0:0:0:0:0:FFFF:${high}:${low}`,
        `::ffff:0:${high}:${low}`,
        `64:ff9b::${high}:${low}`,
        `64:ff9b:1::${high}:${low}`,
        `64:ff9b:1:${high}:${hex(0, c)}:${hex(d, 0)}::`,
        `2002:${high}:${low}::1`,
        `2001:0:808:808:0:0:${wrongHigh}:${wrongLow}`,
        `2001:0:${high}:${low}::1`,
        `2001:db8::5efe:${high}:${low}`,
        `2001:db8::200:5efe:${high}:${low}`,
      ];
      for (const form of forms) {
        assert.ok(ipv4Within(form).includes(`${a}.${b}.${c}.${d}`), form);
        assert.ok(refused(form), form);
      }
    }),
    { numRuns: 300 },
  );
});

test("an address of the open net is not refused by mistake", () => {
  for (const address of ["93.184.216.34", "10.0.0.5", "192.168.1.1", "172.16.0.1", "2606:4700::1111", "fd12:3456::1"]) {
    assert.ok(!refused(address), address);
  }
});
