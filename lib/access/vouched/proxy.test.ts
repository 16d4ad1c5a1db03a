import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { get, triedFront } from "#e2e/servers/tried-front.ts";
import { origin, triedOidc } from "#e2e/servers/tried-oidc.ts";
import { identify } from "#lib/access/identify.ts";
import { noFront } from "#lib/config/front.ts";
import type { FrontConfig } from "#lib/config/model.ts";
import type { ProxyHeaderSettings } from "#lib/core/access-settings.ts";
import { setDisabled } from "#lib/store/people.ts";

const headers = { user: "X-Forwarded-User", email: "X-Mail", name: "X-Name", groups: "X-Groups", separator: "," };
const usual: ProxyHeaderSettings = {
  headers,
  roles: { ops: { role: "admin", group: null }, data: { role: "operator", group: "Data" } },
  linkByEmail: false,
  signOut: "/oauth2/sign_out",
};
const ann = { "X-Forwarded-User": "ann", "X-Mail": "ann@example.com", "X-Name": "Ann", "X-Groups": "ops, lunch" };

/** The real front before the real door. Whoever asks says which headers it sends, and keeps its cookies. */
async function behindProxy(t: TestContext, config: Partial<FrontConfig> = {}, proxyHeader = usual) {
  const provider = { issuer: "http://127.0.0.1:9" };
  const made = await triedOidc(t, provider, { settings: { proxyHeader } });
  const front = await triedFront(t, {
    config: { ...noFront, trustedProxies: ["127.0.0.1"], userHeaders: headers, ...config },
    inner: async (request, answer) => {
      const told = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      if (request.url === "/api/who") {
        answer.end(JSON.stringify(await identify(made.store, told, made.clock.now)));
        return;
      }
      const init = { method: "POST", headers: told, body: "{}" };
      const answered = await made.door(new Request(`${origin}${request.url}`, init));
      answer.statusCode = answered.ok ? answered.value.status : 403;
      if (answered.ok)
        for (const line of answered.value.headers.getSetCookie()) answer.appendHeader("set-cookie", line);
      answer.end(answered.ok ? await answered.value.text() : JSON.stringify(answered.error));
    },
  });
  const visitor = (localAddress = "127.0.0.1") => {
    let cookie = "none=";
    const ask = async (method: string, path: string, sent: Sent) => {
      const named = Array.isArray(sent) ? sent : Object.entries(sent);
      const all = [
        ["Host", `127.0.0.1:${front.port}`],
        ["Content-Type", "application/json"],
        ["Cookie", cookie],
        ["Origin", origin],
        ...named,
      ];
      // As a proxy writes it: UTF-8.
      const bytes = all.flatMap(([name = "", value = ""]) => [name, Buffer.from(value, "utf8").toString("latin1")]);
      const got = await get(
        front.port,
        path,
        { method, headers: bytes, localAddress },
        method === "POST" ? "{}" : undefined,
      );
      const kept = got.headers["set-cookie"]?.[0]?.split(";")[0];
      if (kept !== undefined) cookie = kept;
      return { status: got.status, body: got.body.toString() };
    };
    return {
      enter: (sent: Sent) => ask("POST", "/api/auth/proxy/enter", sent),
      leave: (sent: Sent) => ask("POST", "/api/auth/sign-out", sent),
      who: async (sent: Sent) =>
        JSON.parse((await ask("GET", "/api/who", sent)).body) as Awaited<ReturnType<typeof identify>>,
    };
  };
  return { ...made, front, visitor };
}
type Sent = Readonly<Record<string, string>> | readonly (readonly string[])[];

test("the word of a trusted proxy opens a session, with the roles that its groups give", async (t) => {
  const { visitor, audited } = await behindProxy(t);
  const her = visitor();
  assert.equal((await her.enter(ann)).status, 200);
  const actor = await her.who(ann);
  assert.equal(actor?.name, "ann@example.com");
  assert.equal(actor?.method, "proxy");
  assert.equal(actor?.provedAt, null, "it is no proof of who sits there: high risk asks for one");
  assert.deepEqual(actor?.grants, [{ role: "admin", group: null }]);
  assert.deepEqual(
    (await audited()).map(({ command }) => command),
    ["sign-in", "set-grants", "admit-person"],
  );
  const left = await her.leave(ann);
  assert.deepEqual(JSON.parse(left.body), { url: "/oauth2/sign_out" });
  assert.equal(await her.who(ann), null);
});

test("such a session is worth nothing without that same word", async (t) => {
  const { visitor } = await behindProxy(t);
  const her = visitor();
  await her.enter(ann);
  assert.equal(await her.who({}), null, "not past the proxy");
  assert.equal(await her.who({ ...ann, "X-Forwarded-User": "bea" }), null, "not for somebody else");
  assert.equal(await her.who({ ...ann, "X-Groups": "lunch" }), null, "not with other groups");
  assert.ok(await her.who(ann));
});

test("whoever loses a group loses its role as soon as the proxy says so", async (t) => {
  const { visitor } = await behindProxy(t);
  const her = visitor();
  await her.enter(ann);
  const less = { ...ann, "X-Groups": "data" };
  assert.equal(await her.who(less), null);
  await her.enter(less);
  assert.deepEqual((await her.who(less))?.grants, [{ role: "operator", group: "Data" }]);
  const none = { ...ann, "X-Groups": "lunch" };
  const refused = await her.enter(none);
  assert.equal(refused.status, 403);
  assert.match(refused.body, /nothing it says of you gives a role here.*It names lunch/);
});

test("from anybody but a listed proxy the headers say nothing", async (t) => {
  for (const [from, config] of [
    ["127.0.0.2", {}],
    ["127.0.0.1", { trustedProxies: [] }],
    ["127.0.0.1", { userHeaders: null }],
  ] as const) {
    const { visitor, front } = await behindProxy(t, config);
    const eve = visitor(from);
    assert.equal((await eve.enter(ann)).status, 403, `${from} ${JSON.stringify(config)}`);
    const forged = Buffer.from(JSON.stringify({ user: "ann", email: ann["X-Mail"], name: null, groups: ["ops"] }));
    assert.equal((await eve.enter({ "x-pitwall-user": forged.toString("base64url") })).status, 403);
    const inside = JSON.stringify(
      front.seen.map(({ headers: told }) => told["x-forwarded-user"] ?? told["x-pitwall-user"] ?? null),
    );
    assert.equal(inside, "[null,null]", "nobody behind the front sees them");
  }
});

test("a header that comes twice, under another spelling, or as no text is refused, and not guessed at", async (t) => {
  const { visitor, front } = await behindProxy(t);
  const sent = Object.entries(ann);
  const hostile: Readonly<Record<string, Sent>> = {
    "two users": [...sent, ["x-forwarded-user", "bea"]],
    "the same user twice": [...sent, ["X-Forwarded-User", "ann"]],
    "two lists of groups": [...sent, ["X-Groups", "ops"]],
    "an underscore for a dash": [...sent, ["X_Forwarded_User", "bea"]],
    "an underscore alone": [["X_Forwarded-User", "ann"], ...sent.slice(1)],
    "an underscore in the groups": [...sent, ["X_Groups", "ops"]],
    "a control character": { ...ann, "X-Forwarded-User": "ann\u0085" },
    "an unseen one that turns the text": { ...ann, "X-Mail": "ann@example.com\u202e" },
    "an unseen one among the groups": { ...ann, "X-Groups": "op\u200bs" },
    "far too long": { ...ann, "X-Forwarded-User": "a".repeat(255) },
  };
  for (const [what, headersSent] of Object.entries(hostile)) {
    const seen = front.seen.length;
    const answer = await visitor().enter(headersSent);
    assert.equal(answer.status, 400, what);
    assert.match(answer.body, /unclear-user/, what);
    assert.equal(front.seen.length, seen, `${what}: it goes no further`);
  }
  for (const name of ["Änne Müller", "nna\u202e", "می\u200cخواهم"])
    assert.equal((await visitor().enter({ ...ann, "X-Name": name })).status, 200, `a name is no attack: ${name}`);
});

test("words that mean something to programs are only words", async (t) => {
  const { visitor } = await behindProxy(t);
  for (const groups of ["__proto__", "constructor", "toString", "*", " , ,, ", "ops;data", "OPS"]) {
    const answer = await visitor().enter({ ...ann, "X-Groups": groups });
    assert.equal(answer.status, 403, groups);
  }
  const nobody = await visitor().enter({ ...ann, "X-Forwarded-User": "" });
  assert.match(nobody.body, /names nobody/);
});

test("an account that is closed here stays closed, whatever the proxy says", async (t) => {
  const { visitor, store, clock } = await behindProxy(t);
  const her = visitor();
  await her.enter(ann);
  const id = (await her.who(ann))?.id ?? "";
  await store.write((writing) => setDisabled(writing, id, clock.now, clock.now));
  assert.equal(await her.who(ann), null);
  assert.match((await her.enter(ann)).body, /closed/);
});

test("a proxy that knows no groups gives everybody the role of the star", async (t) => {
  const roles = { "*": { role: "viewer", group: null } } as const;
  const { visitor } = await behindProxy(t, {}, { ...usual, roles });
  const her = visitor();
  const alone = { "X-Forwarded-User": "Bea@Example.com" };
  assert.equal((await her.enter(alone)).status, 200);
  const actor = await her.who(alone);
  assert.equal(actor?.name, "bea@example.com");
  assert.deepEqual(actor?.grants, [{ role: "viewer", group: null }]);
});
