import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { type OpenIdProviderOptions, providerVisitor, startOpenIdProvider } from "#e2e/servers/openid-provider.ts";
import { origin, clientSecret as secret, type Tried, triedOidc } from "#e2e/servers/tried-oidc.ts";
import { identify } from "#lib/access/identify.ts";
import { writeAccessSettings } from "#lib/store/access-settings.ts";
import { findPersonByEmail, insertPerson, replaceGrants, setDisabled } from "#lib/store/people.ts";

const ann = { sub: "u-1", email: "ann@example.com", email_verified: true, name: "Ann", groups: ["ops", "lunch"] };
const callback = `${origin}/api/auth/callback/oidc`;

interface Asked extends Tried {
  readonly provider?: Partial<OpenIdProviderOptions>;
}

/** A real provider, a real better-auth on a real store, and browsers that know both. */
async function withProvider(t: TestContext, { provider: options = {}, ...tried }: Asked = {}) {
  const provider = await startOpenIdProvider({
    secret,
    redirectUris: [callback],
    signedOutUris: [`${origin}/sign-in?out`],
    ...options,
  });
  provider.accounts.set("ann", ann);
  const made = await triedOidc(t, provider, tried);
  t.after(provider.stop);
  return { provider, ...made };
}

const commandsOf = (rows: readonly { readonly command: string }[]) => rows.map(({ command }) => command);

test("signing in by the provider makes the account at first sight, with the roles that its groups give", async (t) => {
  const { browser, audited, store } = await withProvider(t);
  const her = browser();
  assert.equal(await her.signIn("ann", { to: "/runs?x=1" }), "/runs?x=1");
  const actor = await her.who();
  assert.equal(actor?.name, "ann@example.com");
  assert.equal(actor?.method, "oidc");
  assert.deepEqual(actor?.grants, [{ role: "admin", group: null }]);
  assert.deepEqual(commandsOf(await audited()), ["sign-in", "set-grants", "admit-person"]);
  const again = browser();
  assert.equal(await again.signIn("ann"), "/");
  assert.equal((await again.who())?.id, actor?.id, "the same subject is the same person");
  assert.deepEqual(commandsOf(await audited()).slice(0, 2), ["sign-in", "sign-in"], "nothing changed, nothing is told");
  const kept = await store.read(async ({ db }) => ({
    accounts: await db.account.findMany(),
    sessions: await db.session.findMany(),
    flows: await db.verification.findMany(),
  }));
  assert.ok(kept.accounts.every(({ accessToken, idToken, refreshToken }) => !accessToken && !idToken && !refreshToken));
  assert.deepEqual(kept.flows, [], "what a sign-in was begun with is gone when it ends");
  assert.ok(!JSON.stringify(kept).includes(secret));
});

test("claims that only the user info has are read from there", async (t) => {
  const { browser } = await withProvider(t, { provider: { claimsInToken: false } });
  const her = browser();
  assert.equal(await her.signIn("ann"), "/");
  assert.deepEqual((await her.who())?.grants, [{ role: "admin", group: null }]);
});

test("whoever loses a group loses its role at the next sign-in, and keeps what was given by hand", async (t) => {
  const { browser, provider, store, audited, clock } = await withProvider(t);
  const her = browser();
  await her.signIn("ann");
  provider.accounts.set("ann", { ...ann, groups: ["data"] });
  await browser().signIn("ann");
  assert.deepEqual((await her.who())?.grants, [{ role: "operator", group: "Data" }], "at once, in every session");
  const [, row] = await audited();
  assert.equal(row?.command, "set-grants");
  assert.equal(row?.actor.name, "Company SSO");
  assert.deepEqual(row?.before, [{ role: "admin", group: null }]);
  assert.deepEqual(row?.after, [{ role: "operator", group: "Data" }]);
  provider.accounts.set("ann", { ...ann, groups: [] });
  const out = browser();
  assert.equal(await out.signIn("ann"), "/sign-in?refused=%2F");
  assert.equal(await out.who(), null);
  assert.deepEqual((await her.who())?.grants, [], "the sessions of before have lost it as well");
  const person = await store.read((reading) => findPersonByEmail(reading, ann.email));
  const byHand = { origin: "hand", grants: [{ role: "viewer", group: null }], by: "test" } as const;
  await store.write((writing) => replaceGrants(writing, person?.id ?? "", byHand, clock.now));
  const back = browser();
  assert.equal(await back.signIn("ann"), "/");
  assert.deepEqual((await back.who())?.grants, [{ role: "viewer", group: null }]);
});

test("whoever has no role is told why and which groups were named, and no account is made", async (t) => {
  const { browser, provider, store, audited } = await withProvider(t);
  provider.accounts.set("bea", { sub: "u-2", email: "bea@example.com", groups: ["kitchen", "<b>x</b>\u202e"] });
  const her = browser();
  assert.equal(await her.signIn("bea", { to: "/runs" }), "/sign-in?refused=%2Fruns");
  const told = await her.refusal();
  assert.match(told.detail, /Company SSO knows you as bea@example.com, but nothing it says of you gives a role/);
  assert.deepEqual(told.groups, ["kitchen", "<b>x</b>⟨U+202E⟩"]);
  assert.equal(await store.read((reading) => findPersonByEmail(reading, "bea@example.com")), null);
  const [row] = await audited();
  assert.equal(row?.command, "sign-in");
  assert.equal(row?.target, "bea@example.com");
  const many = Array.from({ length: 500 }, (_, index) => `gruppe-Ä-${index}-${"長い".repeat(40)}`);
  provider.accounts.set("bea", { sub: "u-2", email: "bea@example.com", groups: many });
  const other = browser();
  await other.signIn("bea");
  assert.ok((other.cookies.get("pitwall.told") ?? "").length < 3_500, "it fits into a cookie");
  assert.match((await other.refusal()).groups?.at(-1) ?? "", /^and \d+ more$/);
  const stranger = await browser().ask("/api/auth/oidc/refusal", {});
  assert.deepEqual(stranger.ok && (await stranger.value.json()), { told: null }, "nobody else is told");
});

test("an address that the provider has not verified opens no account of that address", async (t) => {
  for (const [linkByEmail, verified, opens] of [
    [true, true, true],
    [true, false, false],
    [true, undefined, false],
    [false, true, false],
  ] as const) {
    const { browser, provider, store, clock } = await withProvider(t, { oidc: { linkByEmail } });
    await store.write((writing) =>
      insertPerson(writing, { id: "here", name: "Ann", email: ann.email, createdAt: clock.now }),
    );
    const { email_verified: _, ...rest } = ann;
    provider.accounts.set("ann", verified === undefined ? rest : { ...rest, email_verified: verified });
    const her = browser();
    await her.signIn("ann");
    assert.equal((await her.who())?.id, opens ? "here" : undefined, `${linkByEmail} ${verified}`);
    if (!opens) assert.match((await her.refusal()).detail, /There is an account of ann@example.com here/);
  }
});

test("an address that the provider says is unverified makes no account either", async (t) => {
  const { browser, provider } = await withProvider(t);
  provider.accounts.set("ann", { ...ann, email_verified: false });
  const her = browser();
  await her.signIn("ann");
  assert.match((await her.refusal()).detail, /has not verified that ann@example.com is yours/);
});

test("an account that is closed here stays closed, whatever the provider says", async (t) => {
  const { browser, store, clock } = await withProvider(t);
  const her = browser();
  await her.signIn("ann");
  const id = (await her.who())?.id ?? "";
  await store.write((writing) => setDisabled(writing, id, clock.now, clock.now));
  assert.equal(await her.who(), null);
  const again = browser();
  assert.equal(await again.signIn("ann"), "/sign-in?refused=%2F");
  assert.match((await again.refusal()).detail, /closed/);
  assert.equal(await again.who(), null);
});

test("whoever says no at the provider is not signed in, and reads so", async (t) => {
  const { browser } = await withProvider(t);
  const her = browser();
  assert.equal(await her.signIn(null, { to: "/runs" }), "/sign-in?refused=%2Fruns");
  assert.match((await her.refusal()).detail, /Company SSO did not let you in: access_denied/);
});

test("an answer counts once, in the browser that asked for it, and for ten minutes", async (t) => {
  const { browser, clock, audited } = await withProvider(t);
  const [eve, victim, her] = [browser(), browser(), browser()];
  const forVictim = await eve.atProvider.signIn(await eve.begin(), "ann");
  assert.equal(await victim.come(forVictim), "/sign-in?refused=%2F", "nobody is signed in to another's account");
  assert.equal(await victim.who(), null);
  assert.match((await victim.refusal()).detail, /not begun in this browser/);
  const back = await her.atProvider.signIn(await her.begin(), "ann");
  assert.equal(await her.come(back), "/");
  assert.equal(await her.come(back), "/sign-in?refused=%2F", "a code that was used is worthless");
  const late = await her.atProvider.signIn(await her.begin(), "ann");
  clock.now += 10 * 60_000 + 1;
  assert.equal(await her.come(late), "/sign-in?refused=%2F");
  const forged = new URL(await her.atProvider.signIn(await her.begin(), "ann"));
  forged.searchParams.set("state", "x".repeat(43));
  assert.equal(await her.come(forged.href), "/sign-in?refused=%2F");
  assert.equal(
    (await audited()).filter(({ command, actor }) => command === "sign-in" && actor.name === "somebody").length > 0,
    true,
  );
});

test("two sign-ins that one browser begins side by side both end", async (t) => {
  const { browser } = await withProvider(t);
  const her = browser();
  const [one, two] = [await her.begin({ to: "/runs" }), await her.begin({ to: "/incidents" })];
  assert.equal(await her.come(await her.atProvider.signIn(one, "ann")), "/runs");
  assert.equal(await her.come(await her.atProvider.signIn(two, "ann")), "/incidents");
});

test("after signing in nobody is led to another site", async (t) => {
  const { browser } = await withProvider(t);
  for (const to of ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
    assert.equal(await browser().signIn("ann", { to }), "/", to);
});

test("signing in by the provider makes what the browser had before worthless", async (t) => {
  const { browser, store, clock } = await withProvider(t);
  const her = browser();
  await her.signIn("ann");
  const stolen = her.headers();
  await her.signIn("ann");
  assert.equal(await identify(store, stolen, clock.now), null);
  assert.ok(await her.who());
});

test("a session is as fresh as the provider's own proof, and a new proof is asked for there", async (t) => {
  const { browser, provider, clock, audited } = await withProvider(t);
  provider.accounts.set("bea", { ...ann, sub: "u-2", email: "bea@example.com" });
  const her = browser();
  const before = Math.floor(Date.now() / 1_000) * 1_000;
  clock.now = before + 60_000;
  await her.signIn("ann");
  const proved = (await her.who())?.provedAt ?? 0;
  assert.ok(proved >= before && proved <= Date.now(), "it is what the token says");
  clock.now += 60_000;
  await her.signIn("ann");
  assert.equal((await her.who())?.provedAt, proved, "coming again without a question there is no fresh proof");
  clock.now = Date.now();
  const url = new URL(await her.begin({ prove: true }));
  assert.equal(url.searchParams.get("prompt"), "login");
  assert.equal(url.searchParams.get("max_age"), "0");
  assert.equal(await her.come(await her.atProvider.signIn(url.href, "ann")), "/prove?done");
  assert.equal((await audited())[0]?.command, "prove-again");
  const bea = await providerVisitor(provider).signIn(await her.begin({ prove: true }), "bea");
  assert.equal(await her.come(bea), "/prove?refused=%2F");
  assert.match((await her.refusal()).detail, /somebody else/);
  assert.equal((await her.who())?.name, "ann@example.com");
  const nobody = await browser().ask("/api/auth/oidc/begin", { prove: true });
  assert.equal(nobody.ok ? "" : nobody.error.code, "unauthorized");
});

test("a provider that does not ask again gives no fresh proof", async (t) => {
  const { browser, clock } = await withProvider(t);
  const her = browser();
  await her.signIn("ann");
  // Its own clock says that the last proof was long ago.
  clock.now += 5 * 60_000;
  const asked = new URL(await her.begin({ prove: true }));
  for (const name of ["prompt", "max_age"]) asked.searchParams.delete(name);
  assert.equal(await her.come(await her.atProvider.signIn(asked.href, "ann")), "/prove?refused=%2F");
  assert.match((await her.refusal()).detail, /did not ask you again/);
});

test("what the provider must have checked is asked for, and without its word nobody comes in", async (t) => {
  const require = { acr: [], amr: ["mfa", "hwk"] };
  const { browser, provider, settings, store, clock } = await withProvider(t, {
    oidc: { require },
    settings: { twoFactor: ["admin"] },
  });
  const her = browser();
  assert.equal(await her.signIn("ann"), "/sign-in?refused=%2F");
  assert.match((await her.refusal()).detail, /checked by pwd, and Pitwall asks for mfa or hwk/);
  provider.amr = ["pwd", "mfa"];
  const strong = browser();
  assert.equal(await strong.signIn("ann"), "/");
  assert.equal((await strong.who())?.grants.length, 1, "a role that asks for two factors counts");
  const lax = { ...settings, oidc: settings.oidc && { ...settings.oidc, require: { acr: [], amr: [] } } };
  const other = await triedOidc(t, provider, {
    ...(lax.oidc ? { oidc: lax.oidc } : {}),
    settings: { twoFactor: ["admin"] },
  });
  const weak = other.browser();
  assert.equal(await weak.signIn("ann"), "/");
  assert.deepEqual((await weak.who())?.grants, [], "one factor is assumed of a provider that is asked for no more");
  await store.write((writing) => writeAccessSettings(writing, { ...settings, oidc: null }, clock.now));
  assert.equal(await strong.who(), null, "without the provider its sessions are over");
});

test("a secret that was changed is used at once, and a wrong one is told to the log and not to the stranger", async (t) => {
  const { browser, provider, keepSecret, audited } = await withProvider(t);
  assert.equal(await browser().signIn("ann"), "/");
  await provider.changeSecret("another secret, as long as the first one was");
  const her = browser();
  assert.equal(await her.signIn("ann"), "/sign-in?refused=%2F");
  assert.match((await her.refusal()).detail, /did not accept this sign-in|not set up right/);
  assert.ok(!JSON.stringify(await audited()).includes(secret));
  await keepSecret("another secret, as long as the first one was");
  assert.equal(await browser().signIn("ann"), "/");
});

test("signing out goes on at the provider, and a word of the provider ends the session here", async (t) => {
  const words: string[] = [];
  const heard = http.createServer(async (request, answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    words.push(Buffer.concat(chunks).toString());
    answer.end();
  });
  await new Promise<void>((listening) => heard.listen(0, "127.0.0.1", listening));
  t.after(() => heard.close());
  const logoutUri = `http://127.0.0.1:${(heard.address() as AddressInfo).port}/`;
  const { browser, provider, door } = await withProvider(t, { provider: { logoutUri } });
  const [here, there, elsewhere] = [browser(), browser(), browser()];
  await here.signIn("ann");
  await there.come(await here.atProvider.signIn(await there.begin(), "ann"));
  await elsewhere.signIn("ann");
  const answer = await here.ask("/api/auth/sign-out", {});
  assert.ok(answer.ok);
  const { url } = (await answer.value.json()) as { url: string };
  assert.ok(url.startsWith(`${provider.issuer}/session/end?`), url);
  assert.equal(new URL(url).searchParams.get("post_logout_redirect_uri"), `${origin}/sign-in?out`);
  assert.equal(await here.who(), null);
  assert.ok(await there.who(), "it is not known there yet");
  const asks = await (await here.atProvider.go(url)).text();
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(asks)?.[1] ?? "";
  const body = new URLSearchParams({ xsrf, logout: "yes" });
  const led = await here.atProvider.go(`${provider.issuer}/session/end/confirm`, { method: "POST", body });
  assert.match(led.headers.get("location") ?? "", /\/sign-in\?out/);
  assert.equal(words.length, 1, "the provider tells it by itself");
  const told = { method: "POST", body: new URLSearchParams(words[0]) };
  const taken = await door(new Request(`${origin}/api/auth/oidc/back-channel-logout`, told));
  assert.equal(taken.ok && taken.value.status, 200, JSON.stringify(taken));
  assert.equal(await there.who(), null, "the same session of the provider");
  assert.ok(await elsewhere.who(), "another one goes on");
});
