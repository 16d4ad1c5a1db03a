import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { after, before, it } from "node:test";
import { setTimeout as rest } from "node:timers/promises";
import { addSession } from "#e2e/doors/seed.ts";
import { startSeededWeb, type TestWeb } from "#e2e/doors/start-web.ts";
import { floodClient } from "#e2e/servers/flood-client.ts";
import { systemActor } from "#lib/access/actor.ts";
import { invitePerson } from "#lib/commands/tend-people.ts";
import type { ChainedRow } from "#lib/store/audit-chain.ts";
import { verifyAudit } from "#lib/store/audit-verify.ts";

const email = "ann@example.com";
const password = "quiet harbour at night";
const admin = [{ role: "admin", group: null }] as const;

let web: TestWeb;

before(async () => {
  web = await startSeededWeb();
});

after(async () => {
  await web?.stop();
});

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A browser at an address of its own: it keeps what cookies it is given. */
function browser(localAddress: string, begun = "") {
  const cookies = new Map<string, string>();
  const cookie = () => [begun, ...[...cookies].map(([name, value]) => `${name}=${value}`)].filter(Boolean).join("; ");
  const headers = () => ({ origin: web.address, "content-type": "application/json", cookie: cookie() });
  const ask = (path: string, body?: unknown) =>
    new Promise<Got>((resolve, reject) => {
      const method = body === undefined ? "GET" : "POST";
      const asked = request(
        web.address + path,
        { method, localAddress, agent: false, headers: headers() },
        (answer) => {
          for (const line of answer.headers["set-cookie"] ?? []) {
            const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
            if (/max-age=0/i.test(line)) cookies.delete(name);
            else cookies.set(name, value);
          }
          let text = "";
          answer.setEncoding("utf8").on("data", (part: string) => {
            text += part;
          });
          answer.on("close", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
        },
      );
      asked.on("error", reject).end(body === undefined ? undefined : JSON.stringify(body));
    });
  return { ask, cookie, signIn: () => ask("/api/auth/sign-in/email", { email, password }) };
}

/** Somebody new, who set a password by the link of an invitation. */
async function invited(address: string): Promise<ReturnType<typeof browser>> {
  const made = await invitePerson(web.store, systemActor("test"), { email, grants: admin }, Date.now());
  assert.ok(made.ok);
  const theirs = browser(address);
  const used = await theirs.ask("/api/auth/link/use", { secret: made.value.secret, name: "Ann", password });
  assert.equal(used.status, 200, used.text);
  return theirs;
}

/** What comes of the stream that this cookie opens, until the server ends it. */
async function streamOf(cookie: string): Promise<{ readonly opened: Promise<void>; readonly all: Promise<string> }> {
  const answer = await fetch(`${web.address}/api/v1/events`, { headers: { cookie } });
  assert.equal(answer.status, 200);
  assert.ok(answer.body !== null);
  const { promise: opened, resolve } = Promise.withResolvers<void>();
  const gather = async (body: ReadableStream<Uint8Array>) => {
    let text = "";
    for await (const part of body) {
      text += Buffer.from(part).toString("latin1");
      resolve();
    }
    return text;
  };
  return { opened, all: gather(answer.body) };
}

it("whoever stole a session loses its open stream and every door when it ends, in whatever way", async () => {
  const ann = await invited("127.0.79.1");
  const root = await addSession(web.store, "root", admin, Date.now());
  const act = async (path: string, body: unknown) => {
    const answer = await browser("127.0.79.2", root).ask(path, body);
    assert.ok(answer.status < 300, `${path}: ${answer.text}`);
  };
  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    ann: () => ann.ask("/api/auth/sign-out", {}),
    revoked: () => act("/api/v1/people/revoked/sign-out", {}),
    disabled: () => act("/api/v1/people/disabled/disable", {}),
    demoted: () => act("/api/v1/people/demoted/grants", { grants: [{ role: "viewer", group: "shop" }] }),
    reset: () => act("/api/v1/people/reset/reset", {}),
  };
  const stolen = await Promise.all(
    Object.entries(ways).map(async ([name, end]) => {
      const cookie = name === "ann" ? ann.cookie() : await addSession(web.store, name, admin, Date.now());
      const stream = await streamOf(cookie);
      await stream.opened;
      return { name, cookie, end, stream };
    }),
  );
  for (const { end } of stolen) await end();
  for (const { name, cookie, stream } of stolen) {
    assert.match(await stream.all, /event: ended/, name);
    const { status } = await browser("127.0.79.3", cookie).ask("/api/v1/people");
    assert.equal(status, 401, name);
  }
});

it("who is turned away at a door is audited, by door and reason, and a flood of them is few rows", async () => {
  const root = await addSession(web.store, "origins", admin, Date.now());
  const viewer = await addSession(web.store, "viewer", [{ role: "viewer", group: "shop" }], Date.now());
  const send = (path: string, localAddress: string, headers: Readonly<Record<string, string>>, method = "GET") =>
    new Promise<number>((resolve, reject) => {
      request(web.address + path, { method, localAddress, headers }, (answer) => {
        answer.resume().on("end", () => resolve(answer.statusCode ?? 0));
      })
        .on("error", reject)
        .end();
    });
  const before = newestRow();
  const run = "/api/v1/runs/run-shop/cancel";
  assert.equal(await send(run, "127.0.82.1", { cookie: root, origin: "https://evil.example" }, "POST"), 403);
  assert.equal(await send("/api/v1/board", "127.0.82.2", {}), 401);
  assert.equal(await send("/api/v1/board", "127.0.82.3", { authorization: "Bearer pw_guessed" }), 401);
  assert.equal(await send("/api/v1/people", "127.0.82.4", { cookie: viewer }), 403);
  const rows = await rowsAfter(before, "127.0.82.%", 4);
  assert.deepEqual(
    rows.map(({ actorName, actorFrom, command, target, refusal }) => [
      actorName,
      actorFrom,
      command,
      target,
      refusal?.split(":")[0],
    ]),
    [
      ["nobody signed in", "127.0.82.1", "enter", "POST /api/v1/runs/[id]/cancel", "cross-origin"],
      ["nobody signed in", "127.0.82.2", "enter", "GET /api/v1/board", "unauthorized"],
      ["nobody signed in", "127.0.82.3", "enter", "GET /api/v1/board", "unauthorized"],
      ["viewer@example.com", "127.0.82.4", "enter", "GET /api/v1/people", "forbidden"],
    ],
  );
  for (let turn = 0; turn < 20; turn += 1) {
    const from = (n: number) => `127.0.83.${(turn * 100 + n) % 250}`;
    await Promise.all(Array.from({ length: 100 }, (_, n) => send("/api/v1/board", from(n), {})));
  }
  assert.ok(newestRow() - before < 150, `${newestRow() - before} rows`);
});

it("a hundred thousand tries to sign in are bounded in time, memory and rows, while the board answers and who is known signs in", async () => {
  const ann = browser("127.0.79.10");
  assert.equal((await ann.signIn()).status, 200);
  const rowsBefore = auditRows();
  const memoryBefore = memoryOf(web.pid);
  const began = performance.now();
  const tryOf = (who: string) => {
    const body = JSON.stringify({ email: who, password: "a wrong password" });
    const head = "POST /api/auth/sign-in/email HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    return `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
  };
  const port = Number(new URL(web.address).port);
  // Nine in ten from two addresses, the rest from as many as there are; half of them at one account.
  const wide = 50;
  const clients = await Promise.all([
    ...Array.from({ length: 18 }, (_, n) =>
      floodClient(port, (at) => tryOf(at % 2 === 0 ? email : `${n}-${at}@example.com`), {
        from: `127.0.80.${n % 2}`,
        ahead: 50,
      }),
    ),
    ...Array.from({ length: wide }, (_, n) =>
      floodClient(port, (at) => tryOf(at % 2 === 0 ? email : `${n}-${at}@example.com`), {
        from: `127.0.81.${n}`,
        ahead: 4,
      }),
    ),
  ]);
  for (const [at, client] of clients.entries()) client.flood(at < 18 ? 5_000 : 10_000 / wide);
  const flooded = Promise.all(clients.map(({ done }) => done));
  let over = false;
  void flooded.then(() => {
    over = true;
  });
  const seen = { boards: 0, signedIn: 0 };
  do {
    const board = await ann.ask("/api/v1/board");
    assert.equal(board.status, 200);
    seen.boards += 1;
    if (seen.signedIn < 5) {
      assert.equal((await ann.signIn()).status, 200, "a browser that knows the account is not locked out");
      seen.signedIn += 1;
    }
    await rest(50);
  } while (!over);
  const answers = new Map<string, number>();
  for (const one of await flooded)
    for (const [status, count] of one) answers.set(status, (answers.get(status) ?? 0) + count);
  const all = [...answers.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `100,000 tries in ${((performance.now() - began) / 1_000).toFixed(1)} s: ${JSON.stringify([...answers])}; ${seen.boards} boards meanwhile`,
  );
  assert.equal(all, 100_000);
  assert.deepEqual([...answers.keys()].sort(), ["401", "429"], "each is refused, and none breaks anything");
  assert.ok(seen.boards > 1 && seen.signedIn > 0);
  const grown = memoryOf(web.pid) - memoryBefore;
  assert.ok(grown < 500e6, `${Math.round(grown / 1e6)} MB more`);
  // Refusals of one kind are one row a minute, so that the longer it takes, the more there are.
  assert.ok(auditRows() - rowsBefore < 1_000, `${auditRows() - rowsBefore} rows`);
  assert.equal(verifyAudit(web.store.file, [], null).broken, null);
});

function newestRow(): number {
  return web.store.history.past.prepare(`SELECT "headSeq" FROM "AuditChain"`).pluck().get() as number;
}

/**
 * The refused rows after that one of who came from such addresses, as soon as there are so many: nobody waits for them but this
 * test, so that those of the test before may come as late.
 */
async function rowsAfter(seq: number, from: string, count: number): Promise<ChainedRow[]> {
  const sql = `SELECT * FROM "Audit" WHERE "id" > ? AND "actorFrom" LIKE ? AND "outcome" = 'refused' ORDER BY "actorFrom"`;
  for (const giveUpAt = performance.now() + 60_000; ; await rest(20)) {
    const rows = web.store.history.past.prepare(sql).all(seq, from) as ChainedRow[];
    if (rows.length >= count || performance.now() > giveUpAt) return rows;
  }
}

function auditRows(): number {
  return web.store.history.past.prepare(`SELECT COUNT(*) FROM "Audit"`).pluck().get() as number;
}

/** Resident, in bytes: proc(5). */
function memoryOf(pid: number): number {
  const [, kilobytes = "0"] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1_024;
}
