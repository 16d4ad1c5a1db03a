import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "#lib/config/parse-config.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok } from "#lib/core/result.ts";

const file = "/etc/pitwall/pitwall.yaml";
const there = () => ok(undefined);
const oidc = (more: string) =>
  `access: { oidc: { issuer: "https://sso.example.com/realms/ops", clientId: pitwall, ${more} } }\nservices: []\n`;
const proxy = (more: string) =>
  `proxy: { trust: [10.0.0.2] }\naccess: { proxyHeader: { user: X-Forwarded-User, ${more} } }\nservices: []\n`;
const roles = "roles: { ops: admin }";

function complaintsOf(text: string, exists: Parameters<typeof parseConfig>[3] = there): string[] {
  const parsed = parseConfig(text, file, {}, exists);
  return parsed.ok ? [] : parsed.error.map(({ line, message }) => `${line}: ${message}`);
}

test("a provider and a proxy are read, and what nobody says has its usual value", () => {
  const given = oidc("clientSecret: env:S, roles: { ops: admin, data: { role: operator } }, linkByEmail: true");
  const parsed = parseConfig(given, file, {}, there);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const { settings, oidcSecret } = parsed.value.access;
  assert.equal(oidcSecret, "env:S");
  assert.deepEqual(settings.oidc, {
    name: "sso.example.com",
    issuer: "https://sso.example.com/realms/ops",
    clientId: "pitwall",
    hasSecret: true,
    scopes: ["openid", "profile", "email"],
    groupsClaim: "groups",
    roles: { ops: { role: "admin", group: null }, data: { role: "operator", group: null } },
    linkByEmail: true,
    require: { acr: [], amr: [] },
  });
  const behind = parseConfig(proxy(`groups: X-Groups, ${roles}, signOut: /oauth2/sign_out`), file, {}, there);
  assert.ok(behind.ok, JSON.stringify(behind));
  assert.deepEqual(behind.value.front.userHeaders, {
    user: "X-Forwarded-User",
    email: null,
    name: null,
    groups: "X-Groups",
    separator: ",",
  });
  assert.equal(behind.value.access.settings.proxyHeader?.signOut, "/oauth2/sign_out");
});

test("what would let in the wrong people, or nobody, is a mistake with its line", () => {
  const cases: [string, RegExp][] = [
    [oidc("roles: {}"), /^1: .*at least one group/],
    [oidc("roles: { ops: boss }"), /^1: /],
    [oidc("roles: { ops: { role: viewer, group: Nowhere } }"), /^1: .*no service is in the group `Nowhere`/],
    [oidc(`${roles}, scopes: [email]`), /^1: .*`openid`/],
    [oidc(`${roles}, clientSecret: hunter2`), /^1: .*never the secret itself/],
    [oidc(`${roles}, linkByEmial: true`), /^1: .*linkByEmail/],
    [oidc(roles).replace("https://", "http://"), /^1: .*https address/],
    [oidc(roles).replace("realms/ops", "realms/ops?x=1"), /^1: .*https address/],
    [proxy("groups: X-Groups"), /^2: .*roles/],
    [proxy(roles), /^2: .*only `\*`/],
    [proxy(`groups: X-Forwarded-User, ${roles}`), /^2: .*same header/],
    [proxy(`groups: X_Groups, ${roles}`), /^2: .*letters, digits and dashes/],
    [proxy(`groups: Cookie, ${roles}`), /^2: .*something else/],
    [proxy(`groups: X-Forwarded-For, ${roles}`), /^2: .*something else/],
    [proxy(`groups: X-Groups, ${roles}, signOut: //evil.example`), /^2: .*path like/],
    [proxy(`groups: X-Groups, ${roles}`).replace(/^proxy.*\n/, ""), /^1: .*`proxy: \{ trust/],
  ];
  for (const [text, wanted] of cases) {
    const [first, ...more] = complaintsOf(text);
    assert.match(first ?? "none", wanted, text);
    assert.deepEqual(more, [], text);
  }
});

test("a secret of the client that is not there is said before anything starts", () => {
  const missing = () => err(failure("secret-missing", "the environment variable S is not set"));
  assert.match(
    complaintsOf(oidc(`${roles}, clientSecret: env:S`), missing).join("\n"),
    /`clientSecret`: .*S is not set/,
  );
});

test("a provider on this machine may speak plain HTTP, for nobody reads along there", () => {
  for (const host of ["127.0.0.1:8080", "localhost", "[::1]:8080"])
    assert.deepEqual(complaintsOf(oidc(roles).replace("https://sso.example.com", `http://${host}`)), [], host);
});
