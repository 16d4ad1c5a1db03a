import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import https from "node:https";
import { networkInterfaces, tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { connect } from "node:tls";
import { createAuthority, type KeyPair } from "#e2e/servers/authority.ts";
import { get, triedFront } from "#e2e/servers/tried-front.ts";
import { noFront } from "#lib/config/front.ts";
import { type Credentials, readCredentials, watchCredentials } from "#lib/server/tls-files.ts";

function filesIn(t: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-tls-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const tls = { certFile: path.join(folder, "cert.pem"), keyFile: path.join(folder, "key.pem") };
  const put = ({ cert, key }: KeyPair) => {
    writeFileSync(tls.certFile, cert);
    writeFileSync(tls.keyFile, key);
  };
  return { tls, put };
}

async function certificateAt(port: number, ca: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, servername: "pitwall.test", ca });
  await once(socket, "secureConnect");
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

test("it speaks TLS by itself, from 1.2 on, and tells browsers to stay with it", async (t) => {
  const authority = createAuthority();
  t.after(() => authority.close());
  const front = await triedFront(t, { credentials: authority.issue("pitwall.test", 30) });
  const answer = await new Promise<number | string | undefined>((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port: front.port,
      servername: "pitwall.test",
      ca: authority.ca,
      agent: false,
    } as const;
    https
      .get(options, (response) => {
        response.resume();
        resolve(response.headers["strict-transport-security"]);
      })
      .on("error", reject);
  });
  assert.equal(answer, "max-age=31536000");
  assert.equal(front.seen[0]?.headers["x-pitwall-proto"], "https");
  const old = connect({
    host: "127.0.0.1",
    port: front.port,
    ca: authority.ca,
    servername: "pitwall.test",
    minVersion: "TLSv1",
    maxVersion: "TLSv1.1",
    ciphers: "DEFAULT@SECLEVEL=0",
  });
  const [refused] = (await once(old, "error")) as [NodeJS.ErrnoException];
  assert.match(refused.message, /protocol|alert|version/i);
});

test("of TLS 1.2 only suites with forward secrecy and authenticated encryption are spoken", async (t) => {
  const authority = createAuthority();
  t.after(() => authority.close());
  const front = await triedFront(t, { credentials: authority.issue("pitwall.test", 30) });
  const agreed = async (ciphers: string) => {
    const to = { host: "127.0.0.1", port: front.port, ca: authority.ca, servername: "pitwall.test" };
    const socket = connect({ ...to, maxVersion: "TLSv1.2", ciphers });
    const name = await once(socket, "secureConnect").then(
      () => socket.getCipher().standardName,
      () => null,
    );
    socket.destroy();
    return name;
  };
  assert.equal(await agreed("ECDHE-ECDSA-AES128-GCM-SHA256"), "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
  assert.equal(await agreed("ECDHE-ECDSA-CHACHA20-POLY1305"), "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256");
  for (const weak of ["ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA", "AES128-GCM-SHA256", "AES256-SHA"])
    assert.equal(await agreed(`${weak}:@SECLEVEL=0`), null, weak);
});

test("a renewed certificate is used without a restart, and an open connection goes on", async (t) => {
  const authority = createAuthority();
  t.after(() => authority.close());
  const { tls, put } = filesIn(t);
  put(authority.issue("pitwall.test", 10));
  const read = await readCredentials(tls);
  assert.ok(read.ok);
  const front = await triedFront(t, { credentials: read.value });
  const stopping = new AbortController();
  t.after(() => stopping.abort());
  const complaints: string[] = [];
  void watchCredentials(
    () => tls,
    read.value,
    (told) => (told.ok ? front.applyCredentials(told.value) : complaints.push(told.error)),
    { signal: stopping.signal, everyMs: 20 },
  );
  const before = await certificateAt(front.port, authority.ca);
  const open = connect({ host: "127.0.0.1", port: front.port, servername: "pitwall.test", ca: authority.ca });
  await once(open, "secureConnect");
  const renewed = authority.issue("pitwall.test", 90);
  writeFileSync(tls.certFile, renewed.cert);
  // One of two files is not used. Half of one, read while it is written, is complained of as well.
  await until(() => complaints.some((told) => /no key .* that fits/.test(told)));
  assert.equal(await certificateAt(front.port, authority.ca), before);
  writeFileSync(tls.keyFile, renewed.key);
  await until(async () => (await certificateAt(front.port, authority.ca)) !== before);
  open.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const [chunk] = (await once(open, "data")) as [Buffer];
  assert.match(chunk.toString(), /^HTTP\/1\.1 200 /);
  open.destroy();
});

test("files that are none, or do not fit, are refused in words that hold nothing of them", async (t) => {
  const authority = createAuthority();
  t.after(() => authority.close());
  const { tls, put } = filesIn(t);
  const [one, other] = [authority.issue("one.test", 10), authority.issue("other.test", 10)];
  const complaintOf = async () => {
    const read: Awaited<ReturnType<typeof readCredentials>> = await readCredentials(tls);
    return read.ok ? ("fits" satisfies string) : read.error;
  };
  assert.match(await complaintOf(), /cannot be read \(ENOENT\)/);
  put({ cert: one.cert, key: other.key });
  assert.match(await complaintOf(), /that fits the certificate/);
  put({ cert: "no certificate", key: one.key });
  assert.match(await complaintOf(), /holds no certificate/);
  const locked = execFileSync("openssl", ["pkey", "-aes256", "-passout", "pass:secret"], { input: one.key }).toString();
  put({ cert: one.cert, key: locked } satisfies Credentials);
  assert.match(await complaintOf(), /without a pass phrase/);
  const newKey = ["req", "-x509", "-newkey", "rsa:1024", "-nodes", "-keyout", "-", "-subj", "/CN=weak.test"];
  const weak = execFileSync("openssl", newKey, { stdio: ["ignore", "pipe", "ignore"] }).toString();
  put({ cert: weak.slice(weak.indexOf("-----BEGIN CERTIFICATE")), key: weak });
  assert.match(await complaintOf(), /holds an RSA key of 1024 bits; 2048 are the least/);
  put(one);
  assert.equal(await complaintOf(), "fits");
});

test("beyond this machine, plain requests are answered to a trusted proxy alone", async (t) => {
  const own = Object.values(networkInterfaces())
    .flat()
    .find((one) => one !== undefined && !one.internal && one.family === "IPv4");
  const address = own?.address ?? "127.0.0.1";
  const front = await triedFront(t, { host: "0.0.0.0" });
  const direct = await get(front.port, "/", { host: address });
  assert.equal(direct.status, own === undefined ? 200 : 403);
  front.applyConfig({ ...noFront, trustedProxies: [address] });
  assert.equal((await get(front.port, "/", { host: address })).status, 200);
  assert.equal((await get(front.port, "/")).status, 200);
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > giveUpAt) throw new Error("it did not come to that");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
