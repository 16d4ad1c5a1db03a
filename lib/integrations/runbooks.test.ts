import assert from "node:assert/strict";
import { test } from "node:test";
import { restartUnitId } from "#lib/config/actions-schema.ts";
import { conditionsOf, everyStep, listOf, type Where } from "#lib/core/runbook.ts";
import { registry } from "#lib/integrations/registry.ts";
import { runbookSchema } from "#lib/integrations/runbook-schema.ts";

/** Of any service that its team lets restart units. */
const everywhere = [restartUnitId];

const all = await Promise.all(
  Object.entries(registry).map(async ([kind, { manifest, actions }]) => ({
    kind,
    runbooks: manifest.runbooks ?? [],
    rules: manifest.rules.map(({ id }) => id),
    metrics: Object.keys(manifest.metrics),
    actions: (await actions()).filter(({ partOnly }) => partOnly !== true),
  })),
);

test("the three troubles that wake people have their runbooks", () => {
  const named = all.flatMap(({ runbooks }) => runbooks.map(({ title }) => title));
  for (const title of ["Postgres times out", "Passenger queue grows", "Every server out of rotation"]) {
    assert.ok(named.includes(title), title);
  }
});

for (const { kind, runbooks, ...own } of all) {
  for (const runbook of runbooks) {
    test(`${kind}: every step of “${runbook.title}” refers to what there is`, () => {
      const parsed = runbookSchema.safeParse({ ...runbook, kind });
      assert.ok(parsed.success, JSON.stringify(parsed.error?.issues));
      const of = <T>(list: (one: (typeof all)[number]) => readonly T[], on: Where | undefined): readonly T[] =>
        on === undefined || on === "self" ? list({ kind, runbooks, ...own }) : all.flatMap(list);
      for (const rule of runbook.when) assert.ok(own.rules.includes(rule), rule);
      for (const step of everyStep(runbook.steps)) {
        for (const condition of conditionsOf(step)) {
          if ("finding" in condition) {
            for (const rule of listOf(condition.finding))
              assert.ok(of((one) => one.rules, condition.on).includes(rule), rule);
          }
          if ("metric" in condition) assert.ok(of((one) => one.metrics, condition.on).includes(condition.metric));
          if ("offered" in condition) {
            const known = of((one) => one.actions, condition.on).map(({ id }) => id);
            for (const id of listOf(condition.offered)) assert.ok([...known, ...everywhere].includes(id), id);
          }
        }
        if (!("action" in step)) continue;
        const known = of((one) => one.actions, step.on).map(({ id }) => id);
        for (const id of listOf(step.action)) assert.ok([...known, ...everywhere].includes(id), id);
        for (const rule of step.for ?? []) assert.ok(of((one) => one.rules, step.on).includes(rule), rule);
      }
      assert.ok("record" in (runbook.steps.at(-1) ?? {}), "it ends with a record");
    });

    test(`${kind}: “${runbook.title}” is offered by rules that no other of its runbooks hides behind`, () => {
      assert.ok(runbook.when.length > 0 && runbook.symptom.endsWith("."), "it says when and what");
      assert.equal(runbooks.filter(({ id }) => id === runbook.id).length, 1);
    });
  }
}

test("a rule that blinds names rules that there are", () => {
  for (const { manifest } of Object.values(registry)) {
    for (const { blinds } of manifest.rules) {
      if (blinds === undefined || blinds === true) continue;
      for (const rule of blinds)
        assert.ok(
          manifest.rules.some(({ id }) => id === rule),
          rule,
        );
    }
  }
});
