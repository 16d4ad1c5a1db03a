import assert from "node:assert/strict";
import { test } from "node:test";
import type { Actor } from "#lib/access/actor.ts";
import { commandRefusal } from "#lib/access/allowed.ts";
import { type Grant, roles } from "#lib/access/roles.ts";
import { viewerOf } from "#lib/views/viewer-view.ts";
import { lacksOver } from "#lib/wire/viewer.ts";

const known = { name: "Ann", proofs: { password: true, provider: null } };

const groups = ["Data", "Web", null];

test("a button is blocked exactly where the command would be refused, for every role over every group", () => {
  for (const role of roles) {
    for (const over of ["Data", null]) {
      const actor = personWith({ role, group: over });
      const viewer = viewerOf(actor, known, groups);
      for (const group of groups) {
        const lacks = lacksOver(viewer, group);
        const service = { id: "db", group };
        const said = `${role} over ${over}, of ${group}`;
        assert.equal(lacks.respond === null, commandRefusal(actor, "mute-service", service) === null, said);
        assert.equal(lacks.act === null, commandRefusal(actor, "request-run", service, "medium") === null, said);
        const critical = commandRefusal(actor, "request-run", service, "critical");
        assert.equal(lacks.actAtHighRisk === null, critical === null, said);
      }
    }
  }
});

test("the reason names the role, the group and who can help", () => {
  const viewer = viewerOf(personWith({ role: "responder", group: "Data" }), known, groups);
  assert.equal(
    lacksOver(viewer, "Data").actAtHighRisk,
    "needs the role operator over “Data”; whoever administers Pitwall can grant it",
  );
  assert.equal(lacksOver(viewer, "Data").act, null);
  assert.match(lacksOver(viewer, "Web").respond ?? "", /responder over “Web”/);
  assert.match(lacksOver(viewer, null).respond ?? "", /responder over all services/);
  assert.equal(viewer.role, "responder");
  assert.equal(viewer.anywhere.respond, null);
});

test("a group named like a property of every object grants nothing", () => {
  const viewer = viewerOf(personWith({ role: "viewer", group: null }), known, []);
  assert.notEqual(lacksOver(viewer, "constructor").act, null);
});

function personWith(grant: Grant): Actor {
  const who = { kind: "person", id: "p1", name: "ann@example.com", from: null } as const;
  return { ...who, method: "password", provedAt: 0, grants: [grant], holds: [] };
}
