import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium, type Page, type Request, type Response } from "@playwright/test";
import { kept } from "#e2e/doors/kept.ts";
import { samples } from "#e2e/doors/samples.ts";
import { addSession, beat, seed } from "#e2e/doors/seed.ts";
import { startWeb } from "#e2e/doors/start-web.ts";
import { listDoors } from "#lib/access/doors.ts";

/** One request that a page of another origin can make a browser send. */
interface Attack {
  readonly how: (typeof ways)[number];
  readonly url: string;
  readonly body: string;
}

const ways = ["urlencoded", "multipart", "plain", "no-cors", "cors", "beacon", "image"] as const;

/** Where the hostile page stands: on another site, and on this one beside Pitwall, where cookies are sent along. */
const hosts = ["127.0.0.2", "127.0.0.1"] as const;

test("a hostile page in the browser of an administrator changes nothing", { timeout: 590_000 }, async (t) => {
  const web = await startWeb();
  t.after(() => web.stop());
  const now = Date.now();
  await seed(web.store, now);
  const cookie = await addSession(web.store, "admin-all", [{ role: "admin", group: null }], now);
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  t.after(() => browser.close());
  const context = await browser.newContext();
  const [name = "", value = ""] = cookie.split(/=(.*)/s);
  // As Pitwall sets it: from another port of this very host it is sent along, so what holds must not hang on it.
  await context.addCookies([{ name, value, url: web.address, sameSite: "Lax", httpOnly: true }]);
  const attacks = attacksOn(web.address);
  const before = kept(web.store.file);
  for (const host of hosts) {
    const page = await context.newPage();
    await page.goto(await hostilePage(t, host));
    let [begun, over, withCookie] = [0, 0, 0];
    const counted = (count: (request: Request) => void) => (request: Request) => {
      if (request.url().startsWith(web.address)) count(request);
    };
    page.on(
      "request",
      counted(() => begun++),
    );
    page.on(
      "requestfailed",
      counted(() => over++),
    );
    page.on(
      "requestfinished",
      counted(() => over++),
    );
    const looks: Promise<void>[] = [];
    const look = async (response: Response) => {
      if ((await response.request().allHeaders()).cookie?.includes(value) === true) withCookie += 1;
    };
    page.on("response", (response) => looks.push(look(response)));
    for (const attack of attacks) await send(page, attack);
    const seen = attacks.filter(({ how }) => how !== "beacon").length;
    await until(
      () => begun >= seen && over >= begun,
      () => `of ${attacks.length} attacks ${begun} were begun and ${over} came to an end`,
    );
    const besides = () => "no attack carried the cookie: it would prove nothing";
    if (host === "127.0.0.1") await until(() => withCookie > 0, besides);
    // A look that is still on its way would not find the page any more.
    page.removeAllListeners("response");
    await Promise.all(looks);
    await page.close();
  }
  assert.deepEqual(kept(web.store.file), before);

  await beat(web.store, Date.now());
  const own = await context.newPage();
  await own.goto(`${web.address}/incidents`);
  const status = await own.evaluate(
    async (body) => {
      const headers = { "content-type": "application/json" };
      return (await fetch("/api/v1/services/shop/silence", { method: "POST", headers, body })).status;
    },
    JSON.stringify(samples["/api/v1/services/[id]/silence"]?.("shop")),
  );
  assert.equal(status, 201, "the same from Pitwall's own page");
  assert.notDeepEqual(kept(web.store.file), before);
});

/** Every door that changes something, asked in every way; and every address asked for as an image. */
function attacksOn(address: string): Attack[] {
  return listDoors().flatMap(({ path, method }) => {
    const url = `${address}${path.replace("[id]", "shop")}`;
    if (method === "GET") return path === "/api/v1/events" ? [] : [{ how: "image" as const, url, body: "" }];
    const body = JSON.stringify(samples[path]?.("shop"));
    return ways.map((how) => ({ how, url, body }));
  });
}

async function hostilePage(t: TestContext, host: string): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<!doctype html><title>Kittens</title>");
  });
  server.listen(0, host);
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://${host}:${(server.address() as AddressInfo).port}/`;
}

async function send(page: Page, attack: Attack): Promise<void> {
  await page.evaluate(({ how, url, body }: Attack) => {
    const quiet = () => undefined;
    if (how === "image") {
      new Image().src = url;
    } else if (how === "beacon") {
      navigator.sendBeacon(url, body);
    } else if (how === "no-cors") {
      void fetch(url, { method: "POST", mode: "no-cors", credentials: "include", body }).catch(quiet);
    } else if (how === "cors") {
      const headers = { "content-type": "application/json" };
      void fetch(url, { method: "POST", credentials: "include", headers, body }).catch(quiet);
    } else {
      const frame = document.createElement("iframe");
      frame.name = crypto.randomUUID?.() ?? String(Math.random());
      const form = document.createElement("form");
      const enctypes = { urlencoded: "application/x-www-form-urlencoded", multipart: "multipart/form-data" };
      Object.assign(form, { method: "post", action: url, target: frame.name });
      form.enctype = how === "plain" ? "text/plain" : enctypes[how];
      const field = document.createElement("input");
      // As text/plain it arrives as JSON: `{"until":1,"x":"="}`.
      field.name = how === "plain" ? `${body.slice(0, -1)}${body === "{}" ? "" : ","}"x":"` : "body";
      field.value = how === "plain" ? '"}' : body;
      form.append(field);
      document.body.append(frame, form);
      form.submit();
    }
  }, attack);
}

async function until(holds: () => boolean, words: () => string): Promise<void> {
  const giveUpAt = Date.now() + 180_000;
  while (!holds()) {
    assert.ok(Date.now() < giveUpAt, words());
    await sleep(50);
  }
}
