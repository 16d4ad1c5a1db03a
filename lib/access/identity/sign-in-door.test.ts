import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as rest } from "node:timers/promises";
import { codeOf } from "#e2e/authenticator.ts";
import { systemActor } from "#lib/access/actor.ts";
import { identify } from "#lib/access/identify.ts";
import { createPasswordHasher } from "#lib/access/identity/argon2.ts";
import { openLeakedPasswords } from "#lib/access/identity/leaked-passwords.ts";
import { oneTimeLinks } from "#lib/access/identity/one-time-links.ts";
import { passwordObjection } from "#lib/access/identity/password-rules.ts";
import { hashRecoveryCode } from "#lib/access/identity/recovery-codes.ts";
import { rotation } from "#lib/access/identity/rotation.ts";
import { usualSettings } from "#lib/access/identity/settings.ts";
import { createSignInDoor } from "#lib/access/identity/sign-in-door.ts";
import { createSignInLimits } from "#lib/access/identity/sign-in-limits.ts";
import { makeSetupLink } from "#lib/commands/make-link.ts";
import { lookAtLink, redeemLink } from "#lib/commands/redeem-link.ts";
import { listAudit } from "#lib/store/audit.ts";
import type { ChainedRow } from "#lib/store/audit-chain.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore } from "#lib/store/open-store.ts";
import { listPeople, setDisabled } from "#lib/store/people.ts";
import { endSessions, hashSessionToken } from "#lib/store/sessions.ts";

const origin = "http://127.0.0.1:3000";
const password = "quiet harbour at night";
const email = "ann@example.com";
const leakedFile = path.join(import.meta.dirname, "leaked-passwords.bin");

/** A real better-auth on a real store; `ask` is a browser that keeps what cookies it is given. */
async function signIn(t: TestContext) {
  const folder = await mkdtemp(path.join(tmpdir(), "pitwall-sign-in-"));
  const file = path.join(folder, "pitwall.db");
  await migrateStore(file);
  const store = await openStore({ file });
  t.after(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  const clock = { now: Date.now() };
  const hasher = createPasswordHasher({ atOnce: 2, waiting: 20 });
  const leaked = openLeakedPasswords(leakedFile);
  const parts = {
    hash: hasher.hash,
    objection: (given: string, words: readonly string[]) => passwordObjection(given, words, leaked),
  };
  const links = oneTimeLinks({
    look: (secret, now) => lookAtLink(store, secret, now),
    use: (given, from, now) => redeemLink(store, parts, given, { from, now }),
  });
  const hashed = { count: 0 };
  const counting = {
    hash: (given: string, isKnown = false) => {
      hashed.count += 1;
      return hasher.hash(given, isKnown);
    },
    verify: (stored: string, given: string, isKnown = false) => {
      hashed.count += 1;
      return hasher.verify(stored, given, isKnown);
    },
  };
  const door = createSignInDoor({
    store,
    origin,
    secret: "a secret of the test, long enough to sign with",
    settings: usualSettings,
    hasher: counting,
    objection: parts.objection,
    limits: createSignInLimits(),
    plugins: [links, rotation()],
    provider: null,
    onUntold: () => undefined,
    now: () => clock.now,
  });
  const browser = (from = "192.0.2.1") => {
    const cookies = new Map<string, string>();
    const headers = () =>
      new Headers({
        origin,
        "content-type": "application/json",
        "x-pitwall-from": from,
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
      });
    const ask = async (at: string, body?: unknown) => {
      const method = body === undefined ? "GET" : "POST";
      const init = { method, headers: headers(), ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const answer = await door(new Request(`${origin}/api/auth${at}`, init));
      if (answer.ok) {
        for (const line of answer.value.headers.getSetCookie()) {
          const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
          if (/max-age=0/i.test(line)) cookies.delete(name);
          else cookies.set(name, value);
        }
      }
      return answer;
    };
    return { ask, cookies, headers, who: () => identify(store, headers(), clock.now) };
  };
  return { store, browser, clock, hashed };
}

/** The same with Ann's account, made by the setup link. */
async function withAnn(t: TestContext) {
  const made = await signIn(t);
  const secret = await makeSetupLink(made.store, systemActor("test"), Date.now());
  const first = made.browser();
  const used = await first.ask("/link/use", { secret, email, name: "Ann", password });
  assert.ok(used.ok, JSON.stringify(used));
  return { ...made, first };
}

test("the setup link makes the first administrator, once", async (t) => {
  const { store, browser } = await signIn(t);
  const secret = await makeSetupLink(store, systemActor("test"), Date.now());
  assert.ok(secret);
  const ann = browser();
  const looked = await ann.ask("/link/look", { secret });
  assert.ok(looked.ok);
  assert.deepEqual(await looked.value.json(), { purpose: "setup", email: null, needsPassword: true });
  const weak = await ann.ask("/link/use", { secret, email, name: "Ann", password: "password1234" });
  assert.ok(!weak.ok && /leaked/.test(weak.error.detail), JSON.stringify(weak));
  assert.equal(await ann.who(), null, "a refused password opens nothing");
  assert.ok((await ann.ask("/link/use", { secret, email, name: "Ann", password })).ok);
  const actor = await ann.who();
  assert.equal(actor?.name, email);
  assert.equal(actor?.method, "link");
  assert.deepEqual(actor?.grants, [{ role: "admin", group: null }]);
  const told = (await store.read((reading) => listAudit(reading, 10))).map(({ command }) => command);
  assert.deepEqual(told, ["sign-in", "use-setup-link", "make-setup-link"]);
  const again = await browser().ask("/link/use", { secret, email: "eve@example.com", name: "Eve", password });
  assert.ok(!again.ok && again.error.code === "gone");
  assert.equal(await makeSetupLink(store, systemActor("test"), Date.now()), null, "nobody else is the first");
});

test("two who use one link at once make one account", async (t) => {
  const { store, browser } = await signIn(t);
  const secret = await makeSetupLink(store, systemActor("test"), Date.now());
  const answers = await Promise.all(
    ["ann", "eve"].map((name) => browser().ask("/link/use", { secret, email: `${name}@example.com`, name, password })),
  );
  assert.equal(answers.filter(({ ok }) => ok).length, 1);
  assert.equal((await store.read(listPeople)).length, 1);
});

test("a link that has expired, and one that was replaced, open nothing", async (t) => {
  const { store, browser } = await signIn(t);
  const [old, fresh] = [
    await makeSetupLink(store, systemActor("test"), Date.now() - 3_600_001),
    await makeSetupLink(store, systemActor("test"), Date.now() - 3_600_001),
  ];
  for (const secret of [old, fresh]) {
    const answer = await browser().ask("/link/look", { secret });
    assert.ok(!answer.ok && answer.error.code === "gone");
  }
});

test("a password signs in, and the store holds neither it nor what the cookie holds", async (t) => {
  const { store, browser } = await withAnn(t);
  const ann = browser();
  const answer = await ann.ask("/sign-in/email", { email: "Ann@Example.com", password });
  assert.ok(answer.ok, JSON.stringify(answer));
  assert.equal((await ann.who())?.method, "password");
  const token = decodeURIComponent(ann.cookies.get("pitwall.session_token") ?? "").split(".")[0] ?? "";
  assert.equal(token.length, 32);
  const { kept, password: stored } = await store.read(async ({ db }) => ({
    kept: await db.session.findMany(),
    password: await db.account.findFirstOrThrow(),
  }));
  assert.match(stored.password ?? "", /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.ok(kept.some((row) => row.token === hashSessionToken(token)));
  assert.ok(kept.every((row) => !JSON.stringify(row).includes(token)));
});

test("whoever is unknown, closed or wrong gets the same answer after the same work", async (t) => {
  const { store, browser, hashed, clock } = await withAnn(t);
  const told: string[] = [];
  const work: number[] = [];
  const tryAs = async (given: string, secret: string) => {
    const before = hashed.count;
    const answer = await browser("192.0.2.99").ask("/sign-in/email", { email: given, password: secret });
    assert.equal(answer.ok, false);
    told.push(JSON.stringify(answer));
    work.push(hashed.count - before);
  };
  await tryAs(email, "not the password at all");
  await tryAs("nobody@example.com", "not the password at all");
  const [ann] = await store.read(listPeople);
  await store.write((writing) => setDisabled(writing, ann?.id ?? "", clock.now, clock.now));
  await tryAs(email, password);
  assert.equal(new Set(told).size, 1, told.join("\n"));
  assert.deepEqual(work, [1, 1, 1]);
});

test("signing in makes what the browser had before worthless", async (t) => {
  const { browser, store, clock } = await withAnn(t);
  const ann = browser();
  await ann.ask("/sign-in/email", { email, password });
  const stolen = ann.headers();
  assert.ok(await identify(store, stolen, clock.now));
  await ann.ask("/sign-in/email", { email, password });
  assert.equal(await identify(store, stolen, clock.now), null, "the cookie of before is worthless");
  assert.ok(await ann.who());
});

test("a cookie that somebody planted does not become a session by signing in with it", async (t) => {
  const { browser } = await withAnn(t);
  const planted = `${"f".repeat(32)}.c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJl`;
  const victim = browser();
  victim.cookies.set("pitwall.session_token", planted);
  await victim.ask("/sign-in/email", { email, password });
  assert.notEqual(victim.cookies.get("pitwall.session_token"), planted);
  const attacker = browser();
  attacker.cookies.set("pitwall.session_token", planted);
  assert.equal(await attacker.who(), null);
});

test("signed out, revoked, or of a closed account, a stolen cookie opens nothing", async (t) => {
  const { browser, store, clock } = await withAnn(t);
  const [person] = await store.read(listPeople);
  const id = person?.id ?? "";
  for (const end of [
    async (ann: ReturnType<typeof browser>) => void (await ann.ask("/sign-out", {})),
    async () => void (await store.write((writing) => endSessions(writing, id))),
    async () => await store.write((writing) => setDisabled(writing, id, clock.now, clock.now)),
  ]) {
    const ann = browser();
    await ann.ask("/sign-in/email", { email, password });
    const stolen = ann.headers();
    assert.ok(await identify(store, stolen, clock.now));
    await end(ann);
    assert.equal(await identify(store, stolen, clock.now), null);
  }
});

test("guessing one account is slowed down, and does not lock out a browser that knows it", async (t) => {
  const { browser } = await withAnn(t);
  const ann = browser("192.0.2.10");
  await ann.ask("/sign-in/email", { email, password });
  let refused = 0;
  for (let guess = 0; guess < 80; guess += 1) {
    const eve = browser(`198.51.100.${guess}`);
    const answer = await eve.ask("/sign-in/email", { email, password: "a wrong password" });
    if (!answer.ok && answer.error.code === "too-many-requests") refused += 1;
  }
  assert.ok(refused > 0, "a crowd of addresses is slowed down");
  assert.ok((await ann.ask("/sign-in/email", { email, password })).ok, "her own browser still signs in");
});

test("a flood from one address costs few hashes, and no other address is made to wait", async (t) => {
  const { browser, hashed } = await withAnn(t);
  const before = hashed.count;
  const eve = browser("198.51.100.1");
  const flood = Array.from({ length: 2_000 }, (_, n) =>
    eve.ask("/sign-in/email", { email: `${n}@example.com`, password: "a wrong password" }),
  );
  const answers = await Promise.all(flood);
  assert.ok(answers.every(({ ok }) => !ok));
  assert.ok(hashed.count - before <= 60, `${hashed.count - before} hashes`);
});

test("better-auth's other addresses do not exist here", async (t) => {
  const { browser } = await signIn(t);
  for (const at of [
    "/sign-up/email",
    "/update-user",
    "/delete-user",
    "/change-email",
    "/revoke-session",
    "/error",
    "/ok",
  ]) {
    const answer = await browser().ask(at, {});
    assert.ok(!answer.ok && answer.error.code === "not-found", at);
  }
  for (const at of ["/get-session", "/list-sessions", "/ok", "/callback/github"]) {
    const answer = await browser().ask(at);
    assert.ok(!answer.ok && answer.error.code === "not-found", at);
  }
});

/** The same with a second factor; the key is what her app holds. */
async function withFactor(t: TestContext) {
  const made = await withAnn(t);
  const enabled = await made.first.ask("/two-factor/enable", { password });
  assert.ok(enabled.ok, JSON.stringify(enabled));
  const { totpURI, backupCodes } = (await enabled.value.json()) as { totpURI: string; backupCodes: string[] };
  const key = new URL(totpURI).searchParams.get("secret") ?? "";
  const code = (steps: number) => codeOf(key, Date.now() + steps * 30_000);
  const turnedOn = await made.first.ask("/two-factor/verify-totp", { code: code(-1) });
  assert.ok(turnedOn.ok, JSON.stringify(turnedOn));
  const half = async () => {
    const ann = made.browser();
    assert.ok((await ann.ask("/sign-in/email", { email, password })).ok);
    assert.equal(await ann.who(), null, "a password is half of the proof");
    return ann;
  };
  return { ...made, code, half, backupCodes };
}

test("a code of an authenticator signs in once, also when two send it at once", async (t) => {
  const { half, code } = await withFactor(t);
  const shown = code(0);
  const [one, other, third] = [await half(), await half(), await half()];
  const answers = await Promise.all([one, other].map((ann) => ann.ask("/two-factor/verify-totp", { code: shown })));
  assert.equal(answers.filter(({ ok }) => ok).length, 1, JSON.stringify(answers));
  assert.equal((await Promise.all([one.who(), other.who()])).filter((who) => who !== null).length, 1);
  assert.equal((await third.ask("/two-factor/verify-totp", { code: shown })).ok, false);
  assert.ok((await third.ask("/two-factor/verify-totp", { code: code(1) })).ok, "the next code works");
});

test("recovery codes are kept as hashes, work once, and forgive how they were typed", async (t) => {
  const { store, half, backupCodes } = await withFactor(t);
  const kept = JSON.stringify(store.history.past.prepare(`SELECT * FROM "TwoFactor"`).all());
  for (const code of backupCodes) {
    assert.match(code, /^[0-9a-hjkmnp-tv-z]{6}(?:-[0-9a-hjkmnp-tv-z]{6}){3}$/);
    assert.ok(!kept.includes(code) && kept.includes(hashRecoveryCode(code)));
  }
  const [code = "", next = ""] = backupCodes;
  for (const [typed, works] of [
    [code.toUpperCase().replaceAll("-", " "), true],
    [code, false],
    [next, true],
  ] as const) {
    const ann = await half();
    assert.equal((await ann.ask("/two-factor/verify-backup-code", { code: typed })).ok, works, typed);
    assert.equal((await ann.who()) !== null, works);
  }
});

test("a try that failed is audited with whose account it was, and many are few rows", async (t) => {
  const { store, browser, half } = await withFactor(t);
  const ann = await half();
  await ann.ask("/two-factor/verify-totp", { code: "000000" });
  for (let n = 0; n < 500; n += 1) {
    const eve = browser(`198.51.${Math.floor(n / 250)}.${n % 250}`);
    await eve.ask("/sign-in/email", {
      email: n % 2 === 0 ? email : `secret-${n}@example.com`,
      password: "a wrong one",
    });
  }
  const rowsOf = () =>
    store.history.past.prepare(`SELECT * FROM "Audit" WHERE "outcome" = 'refused' ORDER BY "id"`).all() as ChainedRow[];
  // Nobody waits for the rows but this test; closing the log writes what is counted.
  while (rowsOf().length < 60) await rest(10);
  const rows = rowsOf();
  assert.ok(rows.length <= 70, `${rows.length} rows`);
  assert.deepEqual([rows[0]?.command, rows[0]?.actorName, rows[0]?.target], ["sign-in", email, email]);
  assert.ok(rows.some(({ actorName, refusal }) => actorName === email && refusal?.startsWith("unauthorized")));
  assert.ok(rows.some(({ actorName }) => actorName === "no account of ours"));
  assert.ok(!JSON.stringify(rows).includes("secret-"), "who has no account is not named");
});

test("whoever is known has a password checked before all who only guess, however many those are", async () => {
  const hasher = createPasswordHasher({ atOnce: 1, waiting: 3 });
  const done: string[] = [];
  const check = (name: string, isKnown: boolean) =>
    hasher.verify("none", password, isKnown).then(
      () => done.push(name),
      () => done.push(`${name} refused`),
    );
  const guesses = ["first", "second", "third", "fourth", "fifth"].map((name) => check(name, false));
  await Promise.all([...guesses, check("known", true)]);
  assert.deepEqual(done, ["fifth refused", "first", "known", "second", "third", "fourth"]);
});
