import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Claims, groupsIn, proofOf, weakness } from "#lib/access/vouched/claims.ts";
import { grantedBy } from "#lib/access/vouched/granted.ts";
import { mostGroups } from "#lib/access/vouched/person.ts";

test("groups are found where providers put them, and nothing else is taken for one", () => {
  const cases: [Claims, string, string[] | null][] = [
    [{ groups: ["a", "b"] }, "groups", ["a", "b"]],
    [{ groups: "a" }, "groups", ["a"]],
    [{ realm_access: { roles: ["a"] } }, "realm_access.roles", ["a"]],
    [{ "https://example.com/groups": ["a"] }, "https://example.com/groups", ["a"]],
    [{ hd: "example.com" }, "hd", ["example.com"]],
    [{ groups: ["a", 1, null, { b: 1 }, "", "x".repeat(257)] }, "groups", ["a"]],
    [{ groups: {} }, "groups", []],
    [{}, "groups", null],
    [{ groups: null }, "groups", null],
    [{ realm_access: "none" }, "realm_access.roles", null],
    [{}, "constructor", null],
    [{ a: {} }, "a.__proto__.b", null],
  ];
  for (const [claims, at, wanted] of cases)
    assert.deepEqual(groupsIn(claims, at), wanted, JSON.stringify([claims, at]));
  const many = Array.from({ length: 5_000 }, (_, index) => `g${index}`);
  assert.equal(groupsIn({ groups: many }, "groups")?.length, mostGroups);
});

test("whatever a provider claims is read without a throw, and bounded", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (claims, at) => {
      const { person } = proofOf("https://sso.example.com", { sub: "s", ...claims }, at);
      assert.ok((person.name?.length ?? 0) <= 200 && person.groups.length <= mostGroups);
      weakness(claims, { acr: ["x"], amr: ["y"] });
    }),
  );
});

test("of several groups the highest role counts, over each group of services by itself", () => {
  const roles = {
    a: { role: "viewer", group: null },
    b: { role: "admin", group: null },
    c: { role: "responder", group: "Data" },
    "*": { role: "viewer", group: "Data" },
  } as const;
  assert.deepEqual(grantedBy(["a", "b", "c", "d"], roles), [
    { role: "responder", group: "Data" },
    { role: "admin", group: null },
  ]);
  assert.deepEqual(grantedBy([], roles), [{ role: "viewer", group: "Data" }]);
  assert.deepEqual(grantedBy(["toString", "__proto__"], { a: roles.a }), []);
});

test("what the provider does not say of how it checked counts as not done", () => {
  const both = { acr: ["gold"], amr: ["mfa", "hwk"] };
  assert.equal(weakness({ acr: "gold", amr: ["pwd", "hwk"] }, both), null);
  assert.match(weakness({ acr: "silver", amr: ["mfa"] }, both) ?? "", /silver.*gold/);
  assert.match(weakness({ acr: "gold" }, both) ?? "", /does not say.*mfa or hwk/);
  assert.match(weakness({ amr: ["mfa"] }, both) ?? "", /no level.*gold/);
  assert.match(weakness({ acr: "gold", amr: "mfa" }, both) ?? "", /does not say/);
  assert.equal(weakness({}, { acr: [], amr: [] }), null);
});
