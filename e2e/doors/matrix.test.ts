import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { kept } from "#e2e/doors/kept.ts";
import { predict } from "#e2e/doors/predict.ts";
import { idAt, queries, samples } from "#e2e/doors/samples.ts";
import { addBearer, addSession, type Group, groups } from "#e2e/doors/seed.ts";
import { startSeededWeb, type TestWeb } from "#e2e/doors/start-web.ts";
import { person } from "#e2e/people.ts";
import { holderOf } from "#lib/access/api-token.ts";
import { pageDoors } from "#lib/access/doors/pages.ts";
import { listDoors } from "#lib/access/doors.ts";
import { type Grant, type Holder, roles } from "#lib/access/roles.ts";
import { shareSnapshot } from "#lib/commands/share-snapshot.ts";
import { sharedSnapshotView } from "#lib/views/shared-snapshot-view.ts";
import type { TokenScope } from "#lib/wire/token.ts";

interface Asker {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What he may; `null`: nobody that Pitwall knows. */
  readonly who: Holder | null;
  readonly isToken: boolean;
}

let web: TestWeb;
let askers: readonly Asker[] = [];

before(async () => {
  web = await startSeededWeb();
  askers = await makeAskers();
});

after(async () => {
  await web?.stop();
});

async function makeAskers(): Promise<Asker[]> {
  const { store } = web;
  const now = Date.now();
  const cookie = (name: string, value: string, grants: readonly Grant[] | null): Asker => {
    return { name, headers: { cookie: value }, who: grants && { grants, holds: [] }, isToken: false };
  };
  const admin: Grant[] = [{ role: "admin", group: null }];
  const made: Asker[] = [
    { name: "signed out", headers: {}, who: null, isToken: false },
    cookie("expired session", await addSession(store, "expired", admin, now, { expired: true }), null),
    cookie("revoked session", await addSession(store, "revoked", admin, now, { revoked: true }), null),
    cookie("disabled account", await addSession(store, "disabled", admin, now, { disabled: true }), null),
    { name: "garbage token", headers: { authorization: "Bearer pw_garbage" }, who: null, isToken: true },
    { name: "basic authorization", headers: { authorization: "Basic YTpi" }, who: null, isToken: true },
  ];
  for (const role of roles) {
    for (const group of [null, "shop", "learn"] as const) {
      const grants = [{ role, group }];
      const name = `${role}-${group ?? "all"}`;
      made.push(cookie(name, await addSession(store, name, grants, now), grants));
    }
  }
  const scopes: Record<string, TokenScope> = {
    "token viewer": { kind: "role", role: "viewer", group: null },
    "token operator shop": { kind: "role", role: "operator", group: "shop" },
    "token events": { kind: "door", door: "events" },
    "token events shop": { kind: "door", door: "events", services: ["shop"] },
    "token heartbeat shop": { kind: "door", door: "heartbeat", services: ["shop"] },
    "token wall": { kind: "wall", group: null },
    "token wall shop": { kind: "wall", group: "shop" },
    "token poll": { kind: "door", door: "poll" },
    "token poll learn": { kind: "door", door: "poll", services: ["learn"] },
  };
  for (const [name, scope] of Object.entries(scopes)) {
    const authorization = await addBearer(store, name, scope, now);
    made.push({ name, headers: { authorization }, who: holderOf(scope), isToken: true });
  }
  for (const how of [{ expired: true }, { revoked: true }] as const) {
    const name = `token ${Object.keys(how)[0]}`;
    const authorization = await addBearer(store, name, { kind: "role", role: "admin", group: null }, now, how);
    made.push({ name, headers: { authorization }, who: null, isToken: true });
  }
  return made;
}

type Row = ReturnType<typeof listDoors>[number];

/** Each asks from an address of its own, so that nobody uses up what another may ask. */
async function ask(
  { path, method }: Row,
  group: Group,
  { name, headers }: Pick<Asker, "name" | "headers">,
): Promise<number> {
  const id = path.includes("[id]") ? idAt(path, group) : "";
  const body = method === "POST" ? JSON.stringify(samples[path]?.(group)) : "";
  const localAddress = `127.0.77.${
    1 +
    Math.max(
      0,
      askers.findIndex((one) => one.name === name),
    )
  }`;
  const giveUpAt = Date.now() + 120_000;
  for (;;) {
    const { status, retryAfterMs } = await send(
      `${path.replace("[id]", id)}${method === "GET" ? (queries[path] ?? "") : ""}`,
      {
        method,
        localAddress,
        body,
        headers: {
          ...(body === "" ? {} : { "content-type": "application/json", "idempotency-key": crypto.randomUUID() }),
          ...headers,
        },
      },
    );
    if (status !== 429 || Date.now() > giveUpAt) return status;
    await sleep(retryAfterMs);
  }
}

interface Sent {
  readonly method: string;
  readonly localAddress: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function send(path: string, { body, ...options }: Sent): Promise<{ status: number; retryAfterMs: number }> {
  return await new Promise((resolve, reject) => {
    const sent = request(new URL(path, web.address), { ...options, agent: false }, (answer) => {
      const status = answer.statusCode ?? 0;
      resolve({ status, retryAfterMs: 1_000 * Number(answer.headers["retry-after"] ?? 1) });
      // A stream has no end; its head says enough.
      answer.on("error", () => undefined).destroy();
    });
    sent.on("error", reject).end(body);
  });
}

describe("the table of who may holds at every door", () => {
  for (const row of listDoors()) {
    const { path, method } = row;
    it(`${method} ${path}`, { timeout: 590_000 }, async () => {
      const allowed: (() => Promise<void>)[] = [];
      const before = kept(web.store.file);
      for (const { name, headers, who, isToken } of askers) {
        for (const group of groups) {
          const wanted = predict(row, who, group);
          const check = async () => {
            const status = await ask(row, group, { name, headers });
            assert.ok(wanted.includes(status), `${name}, ${group}: ${status}, not ${wanted.join(" or ")}`);
          };
          const makesTokens = isToken && who !== null && path.startsWith("/api/v1/tokens");
          assert.ok(!makesTokens || wanted.every((status) => status >= 400), "no token of the matrix administers");
          if (wanted.every((status) => status >= 400)) await check();
          else if (!path.endsWith("/poll")) allowed.push(check);
        }
      }
      const [first] = askers.filter((one) => one.name === "admin-all");
      assert.ok(first);
      if (method === "POST") {
        const foreign = { ...first, headers: { ...first.headers, origin: "https://elsewhere.example" } };
        assert.equal(await ask(row, "shop", foreign), 403, "from a page of another origin");
        const site = { ...first, headers: { ...first.headers, "sec-fetch-site": "cross-site" } };
        assert.equal(await ask(row, "shop", site), 403, "from a page of another site");
      }
      const rebound = { ...first, headers: { ...first.headers, host: "rebound.example" } };
      assert.equal(await ask(row, "shop", rebound), 421, "under a foreign name");
      assert.deepEqual(kept(web.store.file), before, "what was refused changed something");
      for (const check of allowed) await check();
    });
  }

  it("refuses at each address the method it does not have", { timeout: 590_000 }, async () => {
    const [admin] = askers.filter((one) => one.name === "admin-all");
    assert.ok(admin);
    for (const row of listDoors()) {
      const missing = { ...row, method: row.method === "GET" ? "POST" : "GET" } as const;
      if (listDoors().some(({ path, method }) => path === missing.path && method === missing.method)) continue;
      assert.equal(await ask(missing, "shop", admin), 405, `${missing.method} ${missing.path}`);
    }
  });
});

/** Addresses of every door that answers GET, and of every page, with the things of one group in them. */
function everyAddress(): string[] {
  const doors = listDoors().map(({ path }) => {
    const named = path.includes("[id]") ? path.replace("[id]", idAt(path, "shop")) : path;
    return `${named}${queries[path] ?? ""}`;
  });
  const ids: Readonly<Record<string, string>> = { incidents: "incident-shop", runs: "run-shop", services: "shop" };
  const pages = Object.keys(pageDoors).map((path) =>
    path.replace("[id]", ids[path.split("/")[1] ?? ""] ?? "shop").replace("[secret]", "a".repeat(43)),
  );
  return [...new Set([...doors, ...pages])];
}

interface Read {
  readonly status: number;
  readonly text: string;
}

/** All that comes within a moment: a stream is left after its head and first words. */
async function read(
  path: string,
  options: { readonly method: string; readonly headers: Record<string, string> },
): Promise<Read> {
  return await new Promise((resolve, reject) => {
    const sent = request(new URL(path, web.address), { ...options, agent: false }, (answer) => {
      let text = "";
      const done = () => resolve({ status: answer.statusCode ?? 0, text });
      const late = setTimeout(() => answer.destroy(), 2_000);
      answer.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        if (String(answer.headers["content-type"]).startsWith("text/event-stream")) answer.destroy();
      });
      answer
        .on("error", () => undefined)
        .on("close", () => {
          clearTimeout(late);
          done();
        });
    });
    sent.on("error", reject).end();
  });
}

describe("whoever only looks", () => {
  it("GET/HEAD/prefetch on every route changes nothing", { timeout: 590_000 }, async () => {
    const [admin] = askers.filter((one) => one.name === "admin-all");
    assert.ok(admin);
    const before = kept(web.store.file);
    const ways: readonly (readonly [string, Record<string, string>])[] = [
      ["GET", {}],
      ["HEAD", {}],
      ["GET", { purpose: "prefetch", "sec-purpose": "prefetch;prerender", "next-router-prefetch": "1", rsc: "1" }],
    ];
    for (const path of everyAddress()) {
      for (const [method, more] of ways) {
        const { status } = await read(path, { method, headers: { ...admin.headers, ...more } });
        assert.ok(status > 0 && status < 500, `${method} ${path}: ${status}`);
      }
    }
    assert.deepEqual(kept(web.store.file), before);
  });

  it("Slackbot user agent gets no private data, of any page or door", { timeout: 590_000 }, async () => {
    const agents = [
      "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
      "Slack-ImgProxy (+https://api.slack.com/robots)",
    ];
    for (const path of everyAddress()) {
      for (const agent of agents) {
        const { text } = await read(path, { method: "GET", headers: { "user-agent": agent } });
        for (const word of ["The shop", "The learn", "shop@example.com", "is down"]) {
          assert.ok(!text.includes(word), `${path} tells ${agent}: ${word}`);
        }
      }
    }
  });

  it("delete with view key refused: who may see a snapshot by its link cannot take it back", {
    timeout: 590_000,
  }, async () => {
    const made = await shareSnapshot(web.store, person("ann"), { body: { title: "Then" } }, Date.now());
    assert.ok(made.ok);
    const { id, path } = made.value;
    const secret = path.replace("/s/", "");
    const stays = async () => (await sharedSnapshotView(web.store, secret, Date.now())).ok;
    const key = {
      authorization: `Bearer ${secret}`,
      cookie: `pitwall.session_token=${secret}`,
      "x-delete-key": secret,
    };
    for (const name of [id, secret]) {
      for (const headers of [{}, key]) {
        const sent = { method: "POST", localAddress: "127.0.77.200", body: "{}" };
        const { status } = await send(`/api/v1/snapshots/${name}/revoke`, {
          ...sent,
          headers: { "content-type": "application/json", "idempotency-key": crypto.randomUUID(), ...headers },
        });
        assert.ok(status === 401 || status === 403, `${status}`);
      }
    }
    for (const method of ["DELETE", "POST", "PUT", "PATCH"]) {
      const { status } = await send(path, { method, localAddress: "127.0.77.201", body: "", headers: key });
      assert.ok(status >= 400, `${method} ${status}`);
    }
    assert.equal(await stays(), true);
  });
});
