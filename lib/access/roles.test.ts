import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { systemActor } from "#lib/access/actor.ts";
import { type Grant, may, mayAnywhere, permissions, roles } from "#lib/access/roles.ts";

const holder = (grants: readonly Grant[]) => ({ grants, holds: [] });
const groups = [null, "shop", "learn"] as const;
const grant = fc.record({ role: fc.constantFrom(...roles), group: fc.constantFrom(...groups) });

test("nobody in particular may nothing that is not open to anyone", () => {
  for (const permission of permissions) {
    assert.equal(mayAnywhere(holder([]), permission), permission === "anyone", permission);
    for (const group of groups) assert.equal(may(holder([]), permission, group), permission === "anyone", permission);
  }
});

test("a role over one group opens no other group, and no service without one", () => {
  fc.assert(
    fc.property(fc.constantFrom(...roles), fc.constantFrom(...permissions.slice(1)), (role, permission) => {
      const learn = holder([{ role, group: "learn" }]);
      assert.equal(may(learn, permission, "shop"), false);
      assert.equal(may(learn, permission, null), false);
      assert.equal(may(learn, permission, "learn"), may(holder([{ role, group: null }]), permission, "shop"));
    }),
  );
});

test("a higher role may whatever a lower one may, and another grant takes nothing away", () => {
  fc.assert(
    fc.property(
      fc.array(grant),
      grant,
      fc.constantFrom(...permissions),
      fc.constantFrom(...groups),
      (has, more, p, g) => {
        if (may(holder(has), p, g)) assert.ok(may(holder([...has, more]), p, g));
      },
    ),
  );
  for (const permission of permissions) {
    const earned = roles.map((role) => may(holder([{ role, group: null }]), permission, "shop"));
    assert.deepEqual(earned, earned.toSorted(), permission);
  }
});

test("no person's role opens a machine's door", () => {
  for (const permission of ["send-events", "send-heartbeats", "request-polls", "watch"] as const) {
    assert.equal(mayAnywhere(systemActor("anything"), permission), false);
    assert.ok(mayAnywhere({ grants: [], holds: [permission] }, permission));
  }
});

test("a machine's token opens the one door it was made for", () => {
  for (const held of permissions) {
    for (const asked of permissions) {
      const opens = mayAnywhere({ grants: [], holds: [held] }, asked);
      assert.equal(opens, asked === held || asked === "anyone", `${held} at ${asked}`);
    }
  }
});
