import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { clientSecret, origin, type Tried, triedOidc } from "#e2e/servers/tried-oidc.ts";

const ours = await generateKeyPair("ES256", { extractable: true });
const theirs = await generateKeyPair("ES256", { extractable: true });

type Answer = (request: http.IncomingMessage, answer: http.ServerResponse) => void;

/** A server that says of itself to be a provider, and whatever the test wants it to say then. */
async function liar(t: TestContext, tried: Tried = {}) {
  const asked: string[] = [];
  const routes = new Map<string, Answer>();
  const server = http.createServer((request, answer) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    asked.push(path);
    (routes.get(path) ?? ((_, none) => none.writeHead(404).end()))(request, answer);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const says = (path: string, value: unknown, status = 200) =>
    routes.set(path, (_, answer) =>
      answer.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value)),
    );
  const discovery = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    userinfo_endpoint: `${issuer}/userinfo`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256", "HS256", "none"],
  };
  says("/.well-known/openid-configuration", discovery);
  says("/keys", { keys: [{ ...(await exportJWK(ours.publicKey)), kid: "k", alg: "ES256", use: "sig" }] });
  return { issuer, asked, routes, says, discovery, ...(await triedOidc(t, { issuer }, tried)) };
}
type Liar = Awaited<ReturnType<typeof liar>>;

type Make = (claims: JWTPayload) => Promise<string | null>;
const signed: Make = (claims) =>
  new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "k" }).sign(ours.privateKey);
const without = (claims: JWTPayload, name: string) => {
  const { [name]: _, ...rest } = claims;
  return rest;
};
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A sign-in at whose end that token is given; tells where it leads, and who is signed in then. */
async function comeWith({ issuer, says, browser, clock }: Liar, make: Make, extra = "") {
  const her = browser();
  const url = new URL(await her.begin());
  const seconds = Math.floor(clock.now / 1_000);
  const claims = {
    iss: issuer,
    aud: "pitwall",
    sub: "u-1",
    iat: seconds,
    exp: seconds + 300,
    nonce: url.searchParams.get("nonce") ?? "",
    email: "ann@example.com",
    email_verified: true,
    groups: ["ops"],
  };
  const token = await make(claims);
  says("/token", { access_token: "a", token_type: "Bearer", ...(token === null ? {} : { id_token: token }) });
  const state = url.searchParams.get("state") ?? "";
  const led = await her.come(`${origin}/api/auth/callback/oidc?code=c&state=${state}${extra}`);
  return { led, who: await her.who() };
}

test("a token that the provider signed for this sign-in opens a session, and no other does", async (t) => {
  const made = await liar(t);
  const forged: Readonly<Record<string, Make>> = {
    "another nonce": (claims) => signed({ ...claims, nonce: "of somebody else" }),
    "no nonce": (claims) => signed(without(claims, "nonce")),
    "for another client": (claims) => signed({ ...claims, aud: "another" }),
    "for us and another, who may have asked for it": (claims) =>
      signed({ ...claims, aud: ["pitwall", "another"], azp: "another" }),
    "of another issuer": (claims) => signed({ ...claims, iss: `${claims.iss}/other` }),
    "of an issuer that differs by a slash": (claims) => signed({ ...claims, iss: `${claims.iss}/` }),
    "run out": (claims) => signed({ ...claims, exp: (claims.iat ?? 0) - 3_600 }),
    "without an end": (claims) => signed(without(claims, "exp")),
    "without a subject": (claims) => signed(without(claims, "sub")),
    "of an endless subject": (claims) => signed({ ...claims, sub: "u".repeat(256) }),
    "signed by another key": (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "k" }).sign(theirs.privateKey),
    "changed after it was signed": async (claims) => {
      const [head, , signature] = ((await signed(claims)) ?? "").split(".");
      return `${head}.${encoded({ ...claims, sub: "u-2" })}.${signature}`;
    },
    "not signed": async (claims) => `${encoded({ alg: "none" })}.${encoded(claims)}.`,
    "signed by the secret that others may know": (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "k" }).sign(Buffer.from(clientSecret)),
    "no token at all": async () => null,
    "not even one": async () => "x.y.z",
  };
  for (const [what, make] of Object.entries(forged)) {
    const { led, who } = await comeWith(made, make);
    assert.equal(led, "/sign-in?refused=%2F", what);
    assert.equal(who, null, what);
  }
  const { led, who } = await comeWith(made, signed);
  assert.equal(led, "/");
  assert.equal(who?.name, "ann@example.com");
  const refused = (await made.audited()).filter(({ actor }) => actor.name === "somebody");
  assert.ok(refused.length > 0, "the audit log tells of it");
});

test("user info of another person than the token's is not believed", async (t) => {
  const made = await liar(t);
  made.says("/userinfo", { sub: "u-2", groups: ["ops"] });
  const { who } = await comeWith(made, (claims) => signed(without(claims, "groups")));
  assert.equal(who, null);
  made.says("/userinfo", { sub: "u-1", groups: ["ops"] });
  assert.ok((await comeWith(made, (claims) => signed(without(claims, "groups")))).who, "its own is");
});

test("an answer that another provider gave is refused where ours signs its answers with its name", async (t) => {
  const made = await liar(t);
  const { issuer, discovery, says } = made;
  says("/.well-known/openid-configuration", { ...discovery, authorization_response_iss_parameter_supported: true });
  const named = (iss: string) => `&iss=${encodeURIComponent(iss)}`;
  assert.equal((await comeWith(made, signed, named("https://evil.example"))).who, null);
  assert.equal((await comeWith(made, signed)).who, null, "it would have said so");
  assert.ok((await comeWith(made, signed, named(issuer))).who);
});

test("a provider that calls itself by another name is not asked for anybody", async (t) => {
  const made = await liar(t);
  for (const issuer of ["https://evil.example", `${made.issuer}/`]) {
    made.says("/.well-known/openid-configuration", { ...made.discovery, issuer });
    const begun = await made.browser().ask("/api/auth/oidc/begin", {});
    assert.equal(begun.ok ? "" : begun.error.code, issuer.endsWith("/") ? "provider-unavailable" : "unauthorized");
  }
});

test("a provider that is down, hangs, floods, redirects or speaks in tongues costs little, and the page says so", async (t) => {
  const made = await liar(t, { timeoutMs: 3_000 });
  const elsewhere: string[] = [];
  const at = "/.well-known/openid-configuration";
  const broken: Readonly<Record<string, Answer>> = {
    hangs: () => undefined,
    floods: (_, answer) => {
      answer.writeHead(200, { "content-type": "application/json" });
      const flood = Buffer.alloc(1_048_576, "[");
      const pour = () => {
        while (!answer.destroyed && answer.write(flood));
        if (!answer.destroyed) answer.once("drain", pour);
      };
      pour();
    },
    "leads elsewhere": (_, answer) => answer.writeHead(302, { location: `${made.issuer}/elsewhere` }).end(),
    fails: (_, answer) => answer.writeHead(503).end("<h1>sorry</h1>"),
    "is no provider": (_, answer) => answer.writeHead(200, { "content-type": "text/html" }).end("<h1>hello</h1>"),
    "says nothing": (_, answer) => answer.destroy(),
  };
  made.routes.set("/elsewhere", (request, answer) => {
    elsewhere.push(request.url ?? "");
    answer.end();
  });
  for (const [what, answer] of Object.entries(broken)) {
    made.routes.set(at, answer);
    const begun = await made.browser().ask("/api/auth/oidc/begin", {});
    assert.ok(!begun.ok, what);
    assert.ok(["provider-unavailable", "unauthorized"].includes(begun.error.code), `${what}: ${begun.error.code}`);
    assert.ok(!begun.error.detail.includes("127.0.0.1"), "a stranger learns no address");
  }
  assert.deepEqual(elsewhere, []);
  made.says(at, made.discovery);
  assert.ok((await comeWith(made, signed)).who, "when it is back it works at once");
});

test("the provider is asked only where reach allows it", async (t) => {
  const made = await liar(t, { settings: { reach: { allow: [], deny: [] } } });
  const begun = await made.browser().ask("/api/auth/oidc/begin", {});
  assert.equal(begun.ok ? "" : begun.error.code, "provider-unavailable");
  assert.deepEqual(made.asked, []);
  const [row] = await made.audited();
  assert.equal(row?.command, "sign-in", "the log has the reason");
});

const typed: Make = (claims) =>
  new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "k", typ: "logout+jwt" }).sign(ours.privateKey);
const event = { "http://schemas.openid.net/event/backchannel-logout": {} };

test("a logout token that the provider signed ends its sessions here, and no other does", async (t) => {
  const made = await liar(t);
  const inFor = async (sid: string) => {
    const her = made.browser();
    const url = new URL(await her.begin());
    const seconds = Math.floor(made.clock.now / 1_000);
    const nonce = url.searchParams.get("nonce") ?? "";
    const claims = { iss: made.issuer, aud: "pitwall", sub: "u-1", iat: seconds, exp: seconds + 300, nonce, sid };
    const id_token = await signed({ ...claims, email: "ann@example.com", groups: ["ops"] });
    made.says("/token", { access_token: "a", token_type: "Bearer", id_token });
    await her.come(`${origin}/api/auth/callback/oidc?code=c&state=${url.searchParams.get("state")}`);
    return her;
  };
  const [one, two] = [await inFor("s-1"), await inFor("s-2")];
  const told = async (claims: JWTPayload, make: Make = typed) => {
    const token = await make({
      iss: made.issuer,
      aud: "pitwall",
      iat: Math.floor(made.clock.now / 1_000),
      jti: "1",
      ...claims,
    });
    const body = new URLSearchParams({ logout_token: token ?? "" });
    const answer = await made.door(
      new Request(`${origin}/api/auth/oidc/back-channel-logout`, { method: "POST", body }),
    );
    return answer.ok ? answer.value.status : answer.error.code;
  };
  const refused = "invalid-request";
  assert.equal(await told({ sid: "s-1", events: event, aud: "another" }), refused);
  assert.equal(await told({ sid: "s-1", events: event, iss: "https://evil.example" }), refused);
  assert.equal(await told({ sid: "s-1", events: event, nonce: "n" }), refused, "an ID token is none");
  assert.equal(await told({ sid: "s-1" }), refused);
  assert.equal(await told({ sid: "s-1", events: event }, signed), refused, "made for something else");
  assert.equal(await told({ events: event }), refused, "it names nobody");
  assert.equal(await told({ sid: "s-1", events: event, iat: 1 }), refused, "an old one");
  assert.equal(
    await told({ sid: "s-1", events: event }, async (claims) => `${encoded({ alg: "none" })}.${encoded(claims)}.`),
    refused,
  );
  assert.equal(await told({ sub: "u-9", events: event }), 200, "whom we do not know is signed out already");
  assert.ok((await one.who()) !== null && (await two.who()) !== null);
  assert.equal(await told({ sid: "s-1", events: event }), 200);
  assert.equal(await one.who(), null);
  assert.ok(await two.who(), "the other session goes on");
  assert.equal((await made.audited())[0]?.command, "revoke-sessions");
  assert.equal(await told({ sub: "u-1", events: event }), 200);
  assert.equal(await two.who(), null);
});
