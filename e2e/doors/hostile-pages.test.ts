import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { chromium, type Page } from "@playwright/test";
import pg from "pg";
import { ownAddress, startHaproxy, until } from "#e2e/servers/haproxy.ts";
import { browserCookies, signInBy, storyteller } from "#e2e/sign-in.ts";
import { endProcess, freePort } from "#e2e/start-stack.ts";
import { root } from "#lib/cli/root.ts";
import { unseenIn } from "#lib/core/foreign-text.ts";
import { type Connect, startCluster } from "#lib/integrations/postgres/real-cluster.ts";
import { boardDto } from "#lib/wire/board.ts";

const rightToLeft = String.fromCodePoint(0x202e);
const esc = String.fromCodePoint(0x1b);
/** What a page, a terminal or a line of text would act on; `HOSTILE` finds it again. */
const hostile = `HOSTILE<img src=x onerror=alert(1)><script>alert(2)</script>"'--><b id=planted>${rightToLeft}gpj.${esc}]0;title${String.fromCodePoint(7)}${esc}[2Jשלום`;
/** How they stand in a page that shows them. */
const words = /HOSTILE|onerror|&lt;script/i;
const oneLine = `${hostile}${"W".repeat(300)}`;

async function listening(t: TestContext, server: net.Server, address = "127.0.0.1"): Promise<number> {
  server.listen(0, address);
  await once(server, "listening");
  t.after(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A server whose HAProxy agent talks, as HAProxy tells it. */
async function hostileHaproxy(t: TestContext): Promise<string> {
  const address = ownAddress();
  const agent = net.createServer((socket) => void socket.on("error", () => undefined).end(`down #${oneLine}\n`));
  const port = await listening(t, agent, address);
  const { sockets } = await startHaproxy(
    t,
    address,
    `backend learn\n    server web-01 ${address}:9 agent-check agent-addr ${address} agent-port ${port} agent-inter 150ms`,
  );
  return sockets.user;
}

/** A health page that is ill in many words. */
async function hostileHealth(t: TestContext): Promise<number> {
  const page = (_request: http.IncomingMessage, response: http.ServerResponse) =>
    void response.writeHead(503, { "content-type": "text/html; charset=utf-8" }).end(oneLine);
  return listening(t, http.createServer(page));
}

const connect: Connect = async ({ host, port, application, user = "postgres" }) => {
  const client = new pg.Client({ host, port, user, database: "postgres", application_name: application });
  client.on("error", () => undefined);
  await client.connect();
  return client;
};

/** Two sessions with hostile names, one of which waits for the other in a hostile statement. */
async function hostilePostgres(t: TestContext): Promise<string> {
  const { primary } = await startCluster(t, connect);
  await primary.sql("create table held as select 1 as a");
  const name = "HOSTILE<img src=x onerror=alert(3)><b id=planted>";
  const holder = await primary.session(name);
  await holder.query(`begin; update held set a = 2 /* ${hostile} */`);
  const waiter = await primary.session(name);
  waiter.query(`update held set a = 3 /* ${oneLine} */`).catch(() => undefined);
  return `address: ${primary.address}, port: ${primary.port}`;
}

/** `passenger-status` that says what a hostile one was recorded to say. */
function hostilePassenger(folder: string): string {
  const bin = path.join(folder, "bin");
  mkdirSync(bin);
  const recorded = path.join(root, "lib/integrations/passenger/fixtures/99-hostile");
  for (const name of ["hostile.pool.xml", "hostile.requests.json"])
    copyFileSync(path.join(recorded, name), path.join(bin, name));
  const tool = path.join(bin, "passenger-status");
  writeFileSync(
    tool,
    `#!/bin/sh\ncase "$*" in *xml*) cat ${bin}/hostile.pool.xml;; *) cat ${bin}/hostile.requests.json;; esac\n`,
  );
  chmodSync(tool, 0o755);
  return bin;
}

async function startPitwall(t: TestContext) {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-hostile-"));
  const [socket, health, postgres] = await Promise.all([hostileHaproxy(t), hostileHealth(t), hostilePostgres(t)]);
  const bin = hostilePassenger(folder);
  const configFile = path.join(folder, "pitwall.yaml");
  const often = "interval: 1s, timeout: 900ms";
  writeFileSync(
    configFile,
    `reach: { allow: [127.0.0.0/8] }
services:
  - { id: lb, kind: haproxy, ${often}, processes: [{ name: lb-1, socket: "${socket}" }] }
  - { id: health, kind: http, ${often}, url: "http://127.0.0.1:${health}/" }
  - { id: web, kind: passenger, ${often}, dependsOn: [health], nodes: [{ name: web-01, host: local }] }
  - { id: pg, kind: postgres, ${often}, user: pitwall, database: postgres, nodes: [{ name: pg-1, ${postgres} }] }
`,
  );
  const port = await freePort();
  const own = { PORT: String(port), PITWALL_DATA: path.join(folder, "data"), PITWALL_CONFIG: configFile };
  const env = { ...process.env, ...own, PATH: `${bin}:${process.env.PATH}` };
  const child = spawn(process.execPath, [path.join(root, "lib/cli/main.ts"), "start"], { cwd: root, env });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      said += chunk;
    });
  t.after(async () => {
    await endProcess(child);
    rmSync(folder, { recursive: true, force: true });
  });
  const linkIn = () => /http:\S+\/welcome#\S+/.exec(said)?.[0];
  await until(`Pitwall is ready; it said ${said}`, () => linkIn() !== undefined, 240_000);
  const session = await signInBy(linkIn() as string, storyteller);
  return { address: `http://127.0.0.1:${port}`, session };
}

/** Nothing acted, nothing was made of the strings, nothing stands over the edge, and they are there to be read. */
async function assertTame(page: Page, where: string, shows: boolean): Promise<void> {
  const seen = await page.evaluate(() => ({
    planted: document.querySelectorAll("#planted, img[src=x], main script, b[id]").length,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    text: document.body.innerText,
    whole: document.body.innerHTML,
    turned: [...document.querySelectorAll("span, code, b, a")].filter(
      (one) => getComputedStyle(one).unicodeBidi === "normal",
    ).length,
  }));
  assert.equal(seen.planted, 0, `${where}: an element was made of a string`);
  assert.ok(seen.wide <= 0, `${where}: ${seen.wide} px over the edge`);
  assert.equal(unseenIn(seen.text), null, where);
  assert.equal(seen.turned, 0, `${where}: text that may turn what stands around it`);
  if (shows) assert.match(seen.whole, words, `${where}: the words are shown as words`);
}

test("what hostile servers say acts on no page and moves nothing on it", { timeout: 590_000 }, async (t) => {
  const { address, session } = await startPitwall(t);
  const get = async (at: string) => (await fetch(address + at, { headers: { ...session } })).json();
  const post = async (at: string, body: unknown) => {
    const headers = { ...session, "content-type": "application/json", origin: address };
    return (await fetch(address + at, { method: "POST", headers, body: JSON.stringify(body) })).json();
  };
  await until(
    "all four are polled and one has an incident",
    async () => {
      const { services } = boardDto.parse(await get("/api/v1/board"));
      const { incidents } = (await get("/api/v1/incidents")) as { incidents: unknown[] };
      return services.every(({ checkedAt }) => checkedAt !== null) && incidents.length > 0;
    },
    120_000,
  );
  // A poll or two may be too slow for a busy machine.
  for (const id of ["lb", "health", "pg"])
    await until(
      `what ${id} says has come this far`,
      async () => /HOSTILE/.test(JSON.stringify(await get(`/api/v1/services/${id}`))),
      60_000,
    );
  await post("/api/v1/events", { kind: "note", title: "HOSTILE<img src=x onerror=alert(4)><b id=planted>שלום" });
  const { incidents } = (await get("/api/v1/incidents")) as { incidents: { id: string }[] };
  await post(`/api/v1/incidents/${incidents[0]?.id}/comments`, { text: `HOSTILE<script>alert(5)</script>` });
  const shared = (await post("/api/v1/snapshots", { title: "HOSTILE<b id=planted>" })) as {
    path: string;
  };
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  t.after(() => browser.close());
  const context = await browser.newContext({ viewport: { width: 360, height: 800 } });
  await context.addCookies(browserCookies(session).map((cookie) => ({ ...cookie, url: address })));
  const page = await context.newPage();
  const acted: string[] = [];
  page.on("dialog", (dialog) => {
    acted.push(dialog.message());
    dialog.dismiss().catch(() => undefined);
  });
  page.on("request", (request) => {
    if (/\/x$/.test(request.url())) acted.push(request.url());
  });
  const pages: readonly (readonly [string, boolean])[] = [
    ["/", true],
    ["/services/lb", true],
    ["/services/health", true],
    ["/services/pg", true],
    ["/services/web", true],
    [`/incidents/${incidents[0]?.id}`, true],
    [shared.path, true],
  ];
  for (const [at, shows] of pages) {
    await page.goto(address + at);
    await page.locator("main").first().waitFor();
    if (shows) await until(`${at} shows the words`, async () => words.test(await page.innerHTML("body")), 60_000);
    await assertTame(page, at, shows);
  }
  assert.deepEqual(acted, []);
});
