import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runStages, type Stage } from "#lib/cli/run-stages.ts";

function recorded() {
  const log: string[] = [];
  const stage = (name: string, after: readonly string[] = [], passed = true): Stage => ({
    name,
    after,
    run: async (tell) => {
      log.push(`${name} begins`);
      tell(`${name} at work`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`${name} ends`);
      return { passed };
    },
  });
  const run = (stages: readonly Stage[], atOnce: number, signal = new AbortController().signal) =>
    runStages(stages, { atOnce, signal, began: () => undefined, ended: () => undefined });
  return { log, stage, run };
}

describe("stages of a test run", () => {
  it("run no more at a time than was asked, in their order", async () => {
    const { log, stage, run } = recorded();
    await run([stage("a"), stage("b"), stage("c")], 1);
    assert.deepEqual(log, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });

  it("overlap where none waits for another", async () => {
    const { log, stage, run } = recorded();
    await run([stage("a"), stage("b")], 2);
    assert.deepEqual(log.slice(0, 2), ["a begins", "b begins"]);
  });

  it("begin only when those they need have ended, even badly", async () => {
    const { log, stage, run } = recorded();
    const outcomes = await run([stage("tests", ["build"]), stage("build", [], false), stage("lint")], 3);
    assert.ok(log.indexOf("tests begins") > log.indexOf("build ends"));
    assert.deepEqual(
      new Set(outcomes.map(({ name, passed }) => `${name} ${passed}`)),
      new Set(["build false", "lint true", "tests true"]),
    );
  });

  it("keep what each said apart", async () => {
    const { stage, run } = recorded();
    const outcomes = await run([stage("a"), stage("b")], 2);
    assert.deepEqual(outcomes.map(({ said }) => said).sort(), ["a at work", "b at work"]);
  });

  it("begin no more once the run is stopped", async () => {
    const { log, stage, run } = recorded();
    await run([stage("a")], 2, AbortSignal.abort());
    assert.deepEqual(log, []);
  });

  it("that wait for each other are a mistake, not an endless run", async () => {
    const { stage, run } = recorded();
    await assert.rejects(run([stage("a", ["b"]), stage("b", ["a"])], 2), /a, b/);
  });
});
