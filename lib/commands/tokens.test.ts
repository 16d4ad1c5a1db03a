import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { emptyStore } from "#e2e/empty-store.ts";
import { person } from "#e2e/people.ts";
import { isApiToken, newApiToken } from "#lib/access/api-token.ts";
import { listDoors } from "#lib/access/doors.ts";
import { identifyToken } from "#lib/access/identify-token.ts";
import { may, mayAnywhere } from "#lib/access/roles.ts";
import { sightOf } from "#lib/access/sight.ts";
import { addToken } from "#lib/commands/add-token.ts";
import { revokeToken } from "#lib/commands/revoke-token.ts";
import { listAudit } from "#lib/store/audit.ts";
import type { Store } from "#lib/store/open-store.ts";
import { applyServices } from "#lib/store/services.ts";
import { tokensView } from "#lib/views/tokens-view.ts";
import { type TokenScope, tokenLifeMs } from "#lib/wire/token.ts";

const now = Date.UTC(2026, 10, 20, 12);
const admin = person("admin");
const viewer: TokenScope = { kind: "role", role: "viewer", group: "Web" };

async function opened(t: TestContext): Promise<Store> {
  const store = await emptyStore(t);
  const plain = { kind: "http", intervalMs: 5_000, timeoutMs: 1_000, rules: {}, config: {}, dependsOn: [] };
  await store.write((w) => applyServices(w, [{ ...plain, id: "shop", name: "Shop", group: "Web", position: 0 }], now));
  return store;
}

async function made(store: Store, scope: TokenScope, expiresInMs = 60_000) {
  const token = await addToken(store, admin, { name: "ci", scope, expiresInMs }, now);
  assert.ok(token.ok, JSON.stringify(token));
  return token.value;
}

test("a token is known by its form, and one mistyped character makes it none", () => {
  fc.assert(
    fc.property(fc.nat(51), fc.constantFrom(..."0aZ_ "), (at, other) => {
      const token = newApiToken();
      assert.ok(isApiToken(token));
      const wrong = `${token.slice(0, at)}${other}${token.slice(at + 1)}`;
      assert.equal(isApiToken(wrong), wrong === token);
    }),
  );
  assert.notEqual(newApiToken(), newApiToken());
});

test("a token opens what its scope says until it expires or is revoked, and no more", async (t) => {
  const store = await opened(t);
  const token = await made(store, viewer);
  const who = await identifyToken(store, token.token, "10.0.0.1", now);
  assert.ok(who !== null);
  assert.deepEqual([who.kind, who.id, who.name, who.from], ["token", token.id, "ci", "10.0.0.1"]);
  assert.ok(may(who, "look", "Web"));
  assert.ok(!may(who, "look", null) && !may(who, "respond", "Web") && !may(who, "send-events", null));
  assert.equal(await identifyToken(store, token.token, null, now + 60_000), null, "expired");
  assert.equal(await identifyToken(store, `${token.token.slice(0, -1)}`, null, now), null);
  assert.equal(await identifyToken(store, newApiToken(), null, now), null, "well formed, but nobody's");
  assert.ok((await revokeToken(store, admin, { id: token.id }, now)).ok);
  assert.equal(await identifyToken(store, token.token, null, now), null, "revoked");
});

test("the token itself is nowhere but in the answer that made it", async (t) => {
  const store = await opened(t);
  const { token } = await made(store, viewer);
  const kept = await store.read(async ({ db }) => [await db.apiToken.findMany(), await db.audit.findMany()]);
  const shown = [kept, await tokensView(store, admin), await store.read((r) => listAudit(r, 10))];
  assert.ok(!JSON.stringify(shown).includes(token.slice(10)));
});

test("a machine's token opens its one door, for the services it was made for", async (t) => {
  const store = await opened(t);
  const { token } = await made(store, { kind: "door", door: "poll", services: ["shop"] });
  const who = await identifyToken(store, token, null, now);
  assert.deepEqual([who?.grants, who?.holds, who?.only], [[], ["request-polls"], ["shop"]]);
});

test("when a token was last used is told, and written once a minute at most", async (t) => {
  const store = await opened(t);
  const { token } = await made(store, viewer, tokenLifeMs.usual);
  const used = async () => (await tokensView(store, admin))[0]?.lastUsedAt;
  assert.equal(await used(), null);
  for (const at of [now, now + 30_000]) await identifyToken(store, token, null, at);
  assert.equal(await used(), now);
  await identifyToken(store, token, null, now + 60_000);
  assert.equal(await used(), now + 60_000);
});

test("who administers one group makes and sees tokens of that group only, and a token makes none", async (t) => {
  const store = await opened(t);
  const local = person("local", "admin", "Web");
  const wide: TokenScope = { kind: "role", role: "viewer", group: null };
  for (const scope of [wide, { kind: "door", door: "events" } as const]) {
    const refused = await addToken(store, local, { name: "x", scope, expiresInMs: 60_000 }, now);
    assert.ok(!refused.ok && refused.error.code === "forbidden");
  }
  assert.ok((await addToken(store, local, { name: "x", scope: viewer, expiresInMs: 60_000 }, now)).ok);
  const whole = await made(store, { kind: "role", role: "admin", group: null });
  assert.deepEqual(
    (await tokensView(store, local)).map(({ name }) => name),
    ["x"],
  );
  const refused = await revokeToken(store, local, { id: whole.id }, now);
  assert.ok(!refused.ok && refused.error.code === "not-found");
  const bearer = await identifyToken(store, whole.token, null, now);
  assert.ok(bearer !== null);
  const more = await addToken(store, bearer, { name: "y", scope: viewer, expiresInMs: 60_000 }, now);
  assert.ok(!more.ok && more.error.code === "forbidden");
});

test("a wall's token looks at the board of its group, and opens nothing that a role does", async (t) => {
  const store = await opened(t);
  const { token } = await made(store, { kind: "wall", group: "Web" });
  const who = await identifyToken(store, token, null, now);
  assert.ok(who !== null);
  const sight = sightOf(who);
  assert.deepEqual([sight.whole, sight.sees({ group: "Web" }), sight.sees({ group: null })], [false, true, false]);
  assert.ok(!sightOf(who, "respond").sees({ group: "Web" }));
  const reached = listDoors().filter(({ door }) => [door.needs].flat().some((needs) => mayAnywhere(who, needs)));
  const beyond = reached.filter(({ door }) => door.needs !== "anyone").map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(beyond, ["GET /api/v1/board", "GET /api/v1/events"]);
  const strange = await addToken(
    store,
    admin,
    { name: "w", scope: { kind: "wall", group: "Wbe" }, expiresInMs: 60_000 },
    now,
  );
  assert.ok(!strange.ok && strange.error.code === "not-found", "a misspelt group");
});
