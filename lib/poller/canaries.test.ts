import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { until } from "#e2e/lab/until.ts";
import { fakeVault } from "#e2e/servers/vault.ts";
import { root } from "#lib/cli/root.ts";
import { pollerFlags, withoutCoreDumps } from "#lib/cli/serve.ts";
import { webEnv } from "#lib/cli/web-env.ts";
import { listEvents } from "#lib/store/events.ts";
import { listPolls } from "#lib/store/history.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore } from "#lib/store/open-store.ts";
import { listServices } from "#lib/store/services.ts";
import { listStates } from "#lib/store/states.ts";
import { storeFile } from "#lib/store/store-file.ts";

/** A secret that is found wherever it went: its middle survives every escape, its signs do not. */
const canary = (place: string) => `c4nary${place}/x+y "z" &<9>c4nary${place}end`;
const canaries = {
  header: canary("header"),
  login: canary("login"),
  stats: canary("stats"),
  postgres: canary("postgres"),
  events: canary("events"),
  vaultToken: "c4naryvaulttoken.0123456789",
  vaulted: canary("vaulted"),
  command: canary("command"),
  key: `-----BEGIN OPENSSH PRIVATE KEY-----\n${"c4narykeyline1".repeat(4)}\nc4narykeyline2c4nary\n-----END OPENSSH PRIVATE KEY-----`,
};

/** All that must be found nowhere: each secret, its lines, and the forms it travels in. */
const forms = Object.values(canaries).flatMap((value) => {
  const parts = value.includes("\n") ? value.split("\n").filter((line) => !line.startsWith("---")) : [value];
  return parts.flatMap((part) => [
    part,
    encodeURIComponent(part),
    JSON.stringify(part).slice(1, -1),
    Buffer.from(part).toString("base64").slice(0, -4),
    Buffer.from(part).toString("hex"),
    part.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;"),
    part.slice(0, 14),
  ]);
});

function leaksIn(text: string): string[] {
  return forms.filter((form) => text.includes(form));
}

async function listening(t: TestContext, server: Server): Promise<number> {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A web server that tells whoever asks what it was sent, in every form and at every place there is. */
async function tellingServer(t: TestContext): Promise<number> {
  const server = http.createServer((request, response) => {
    const sent = `${request.headers["x-canary"] ?? ""} ${decoded(request.headers.authorization ?? "")}`.trim();
    const words = [sent, encodeURIComponent(sent), JSON.stringify(sent), Buffer.from(sent).toString("base64")];
    switch (request.url) {
      case "/redirect":
        response.writeHead(302, { location: `ftp://elsewhere/${encodeURIComponent(sent)}` }).end();
        break;
      case "/follow":
        response.writeHead(302, { location: `/echo?said=${encodeURIComponent(sent)}` }).end();
        break;
      case "/garbage":
        request.socket.end(`${sent} is not HTTP\r\n\r\n`);
        break;
      case "/reason":
        request.socket.end(`HTTP/1.1 500 ${sent}\r\nx-said: ${sent}\r\ncontent-length: 0\r\n\r\n`);
        break;
      case "/json":
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ status: sent, [sent]: 1 }));
        break;
      case "/csv":
        response.end(`# pxname,svname,status,${sent}\n${sent},FRONTEND,${sent},\n`);
        break;
      default:
        response.writeHead(500, { "x-said": sent }).end(`${"x".repeat(300)}${words.join(" ")}`);
    }
  });
  return await listening(t, server);
}

function decoded(authorization: string): string {
  const [, basic] = /^Basic (.*)$/.exec(authorization) ?? [];
  return basic === undefined ? authorization : `${authorization} ${Buffer.from(basic, "base64").toString()}`;
}

/** PostgreSQL's first messages: asks for the password in clear, and quotes it in its refusal (manual, "Message Flow"). */
async function tellingPostgres(t: TestContext): Promise<number> {
  const server = createServer((socket) => {
    socket.on("data", (chunk: Buffer) => {
      if (chunk[0] === 0x70) {
        const said = chunk.toString("utf8", 5).replace(/\0/g, "");
        const fields = Buffer.from(`SFATAL\0C28P01\0Mpassword ${said} is wrong\0D${said}\0\0`);
        const head = Buffer.from([0x45, 0, 0, 0, 0]);
        head.writeInt32BE(fields.length + 4, 1);
        socket.end(Buffer.concat([head, fields]));
      } else if (chunk.readInt32BE(4) === 80_877_103) socket.write("N");
      else socket.write(Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]));
    });
  });
  return await listening(t, server);
}

test("planted secrets turn up nowhere, in no form, whatever fails with them", async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-canaries-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const dataFolder = path.join(folder, "data");
  mkdirSync(dataFolder);
  await migrateStore(storeFile(dataFolder));
  const [web, pg, vault] = [await tellingServer(t), await tellingPostgres(t), await fakeVault(t)];
  vault.tokens.add(canaries.vaultToken);
  vault.secrets.set("kv/data/pg", { data: { data: { password: canaries.vaulted }, metadata: {} } });
  writeFileSync(path.join(folder, "key"), canaries.key, { mode: 0o600 });
  const script = path.join(folder, "give");
  writeFileSync(
    script,
    `#!/bin/sh\ncat ${JSON.stringify(path.join(folder, "command"))}\nexit $(cat ${JSON.stringify(path.join(folder, "code"))})\n`,
    { mode: 0o700 },
  );
  writeFileSync(path.join(folder, "command"), canaries.command, { mode: 0o600 });
  writeFileSync(path.join(folder, "code"), "0");
  const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG3uKRzzFH1e0jr4xcKOAm1wHLfCy2PwVLFUzgPcGE3n";
  const kinds = ["echo", "redirect", "follow", "garbage", "reason", "json"];
  const service = (id: string, own: object) => ({ id, interval: "1s", timeout: "900ms", ...own });
  const postgres = {
    kind: "postgres",
    nodes: [{ name: "a", address: "127.0.0.1", port: pg }],
    user: "u",
    database: "d",
  };
  const config = {
    reach: { allow: ["127.0.0.1"] },
    secrets: {
      vault: { address: vault.url, token: "env:CANARY_VAULT_TOKEN", refresh: "1s" },
      command: { commands: { pg: [script] }, refresh: "1s" },
    },
    events: { token: "env:CANARY_EVENTS" },
    hosts: { a: { address: "127.0.0.1", port: web, user: "u", key: "file:key", hostKey } },
    services: [
      ...kinds.map((kind) =>
        service(`web-${kind}`, {
          kind: "http",
          url: `http://127.0.0.1:${web}/${kind}`,
          headers: { "x-canary": { secret: "env:CANARY_HEADER" } },
          login: { user: "u", password: "env:CANARY_LOGIN" },
          redirects: kind === "redirect" || kind === "follow" ? 3 : 0,
          expect: {
            status: 200,
            ...(kind === "json" ? { body: { json: { path: "$.status", equals: "green" } } } : {}),
          },
        }),
      ),
      ...["csv", "echo"].map((kind) =>
        service(`lb-${kind}`, {
          kind: "haproxy",
          processes: [
            { name: "lb", stats: `http://127.0.0.1:${web}/${kind}`, user: "u", password: "env:CANARY_STATS" },
          ],
        }),
      ),
      service("pg-env", { ...postgres, password: "env:CANARY_POSTGRES" }),
      service("pg-vault", { ...postgres, user: "v", password: "vault:kv/data/pg#password" }),
      service("pg-command", { ...postgres, user: "c", password: "command:pg" }),
      service("app", { kind: "passenger", nodes: [{ name: "a", host: "a" }] }),
    ],
  };
  const file = path.join(folder, "pitwall.yaml");
  writeFileSync(file, JSON.stringify(config));
  const env = {
    PATH: process.env.PATH ?? "",
    NODE_ENV: "production",
    CANARY_HEADER: canaries.header,
    CANARY_LOGIN: canaries.login,
    CANARY_STATS: canaries.stats,
    CANARY_POSTGRES: canaries.postgres,
    CANARY_EVENTS: canaries.events,
    CANARY_VAULT_TOKEN: canaries.vaultToken,
    PITWALL_CONFIG: file,
    PITWALL_DATA: dataFolder,
  } as const;
  const argv = withoutCoreDumps([process.execPath, ...pollerFlags([]), path.join(root, "lib/poller/main.ts")]);
  const child: ChildProcess = spawn(argv[0], argv.slice(1), { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  let told = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (told += chunk.toString()));
  const store = await openStore({ file: storeFile(dataFolder) });
  t.after(() => store.close());
  const ids = config.services.map(({ id }) => id);
  const polled = async (since: number) => {
    const states = await store.read((reading) => listStates(reading));
    return ids.every((id) => states.some((one) => one.serviceId === id && (one.checkedAt ?? 0) > since));
  };
  await until("everything was polled", () => polled(0), { timeoutMs: 60_000 });
  assert.ok(!readFileSync(`/proc/${child.pid}/cmdline`, "utf8").includes("c4nary"));

  // The providers fail with what they hold in their mouths.
  vault.status = 500;
  writeFileSync(path.join(folder, "code"), "3");
  const failedAt = Date.now();
  await until("the trouble of the providers is told", async () => {
    const beat = store.version() >= 0 && (await allOf(store, ids));
    return /secrets of .*(Vault answered with 500|ended with 3)/.test(JSON.stringify(beat));
  });
  await until("everything was polled again", () => polled(failedAt), { timeoutMs: 60_000 });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;

  const all = JSON.stringify(await allOf(store, ids));
  // It did say what it was told: without the secrets, but it did.
  assert.match(all, /\[secret\]/);
  assert.match(all, /password \[secret\] is wrong|\[secret\]/);
  const at = all.indexOf(leaksIn(all)[0] ?? "\0");
  assert.deepEqual(leaksIn(all), [], `what views read: ${all.slice(Math.max(0, at - 200), at + 60)}`);
  assert.deepEqual(leaksIn(told), [], "the log");
  for (const name of readdirSync(dataFolder)) {
    assert.deepEqual(leaksIn(readFileSync(path.join(dataFolder, name), "latin1")), [], `the data folder's ${name}`);
  }
  assert.deepEqual(leaksIn(JSON.stringify(webEnv(env, {}))), [], "the environment of the web process");
});

/** All that a view could show, unpacked. */
async function allOf(store: Awaited<ReturnType<typeof openStore>>, ids: readonly string[]): Promise<unknown> {
  return await store.read(async (reading) => ({
    services: await listServices(reading),
    states: await listStates(reading),
    events: await listEvents(reading, { from: 0, to: Date.now() + 1_000, limit: 10_000 }),
    beat: await reading.db.pollerBeat.findMany(),
    polls: await Promise.all(
      ids.map((id) => listPolls(reading, id, { from: 0, to: Date.now() + 1_000, limit: 10_000 })),
    ),
  }));
}
