import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { emptyStore } from "#e2e/empty-store.ts";
import { identify } from "#lib/access/identify.ts";
import { usualSettings } from "#lib/access/identity/settings.ts";
import { writeAccessSettings } from "#lib/store/access-settings.ts";
import type { Store } from "#lib/store/open-store.ts";
import { hashSessionToken } from "#lib/store/sessions.ts";

const now = Date.UTC(2026, 10, 20, 12);
const hour = 3_600_000;
const token = "a".repeat(32);
const cookie = `pitwall.session_token=${token}.${encodeURIComponent("c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJl=")}`;
const asked = new Headers({ cookie, "x-pitwall-from": "192.0.2.7" });

/** A store with Ann, a responder for shops, signed in by a passkey an hour ago. */
async function annSignedIn(t: TestContext): Promise<Store> {
  const store = await emptyStore(t);
  const at = new Date(now - hour);
  await store.write(async ({ db }) => {
    await db.user.create({ data: { id: "u1", name: "Ann", email: "ann@example.com", createdAt: at, updatedAt: at } });
    await db.grant.create({
      data: { userId: "u1", group: "shops", role: "responder", origin: "hand", createdAt: at, createdBy: "test" },
    });
    await db.session.create({
      data: {
        id: "s1",
        token: hashSessionToken(token),
        userId: "u1",
        expiresAt: new Date(now + 11 * hour),
        endsAt: new Date(now + 13 * hour),
        createdAt: at,
        updatedAt: at,
        method: "passkey",
        provedAt: at,
      },
    });
  });
  return store;
}

test("a session's cookie says who asks, by what proof, and what they may", async (t) => {
  const actor = await identify(await annSignedIn(t), asked, now);
  assert.deepEqual(actor, {
    kind: "person",
    id: "u1",
    name: "ann@example.com",
    from: "192.0.2.7",
    method: "passkey",
    provedAt: now - hour,
    grants: [{ role: "responder", group: "shops" }],
    holds: [],
  });
});

test("what is no cookie of an open session is nobody", async (t) => {
  const store = await annSignedIn(t);
  const hashed = hashSessionToken(token).slice(0, 32);
  for (const made of [
    "",
    "pitwall.session_token=",
    `pitwall.session_token=${token}`,
    `pitwall.session_token=${"b".repeat(32)}.c2lnbmF0dXJlc2lnbmF0dXJl`,
    `pitwall.session_token=${hashed}.c2lnbmF0dXJlc2lnbmF0dXJl`,
    `pitwall.session_token=%E0%A4%A`,
    `__Host-pitwall.session_token=x; ${cookie}`,
    `other=1; xpitwall.session_token=${token}.c2lnbmF0dXJlc2lnbmF0dXJl`,
  ]) {
    assert.equal(await identify(store, new Headers({ cookie: made }), now), null, made);
  }
  assert.equal(await identify(store, new Headers(), now), null);
});

test("being used keeps a session open, but not beyond its end, and idleness closes it", async (t) => {
  const store = await annSignedIn(t);
  const openAt = async (at: number) => (await identify(store, asked, at)) !== null;
  assert.ok(await openAt(now + 10 * hour));
  assert.ok(await openAt(now + 12 * hour), "it was used two hours before");
  assert.equal(await openAt(now + 13 * hour), false, "its end has come");
  assert.equal(await openAt(now + 25 * hour), false);
});

test("a session that nobody used for its idle time is over", async (t) => {
  assert.equal(await identify(await annSignedIn(t), asked, now + 11 * hour), null);
});

test("a closed account's session is over at once", async (t) => {
  const store = await annSignedIn(t);
  await store.write(({ db }) => db.user.update({ where: { id: "u1" }, data: { disabledAt: new Date(now) } }));
  assert.equal(await identify(store, asked, now), null);
});

test("a role that asks for a second factor is worth nothing to a password alone", async (t) => {
  const store = await annSignedIn(t);
  await store.write(async (writing) => {
    await writeAccessSettings(writing, { ...usualSettings, twoFactor: ["responder"] }, now);
    await writing.db.session.update({ where: { id: "s1" }, data: { method: "password" } });
  });
  assert.deepEqual((await identify(store, asked, now))?.grants, []);
  await store.write(({ db }) => db.user.update({ where: { id: "u1" }, data: { twoFactorEnabled: true } }));
  assert.equal((await identify(store, asked, now))?.grants.length, 1);
});

test("listening alone keeps no session open", async (t) => {
  const store = await annSignedIn(t);
  assert.ok(await identify(store, asked, now + 10 * hour, { touch: false }));
  assert.equal(await identify(store, asked, now + 11 * hour), null);
});
