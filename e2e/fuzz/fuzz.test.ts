import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fuzzTarget } from "#e2e/fuzz/fuzz-target.ts";
import { createRandom } from "#e2e/fuzz/random.ts";
import { fuzzBounds } from "#e2e/fuzz/target.ts";
import { fuzzTargets } from "#e2e/fuzz/targets.ts";

/** Enough to see that a parser was changed for the worse in the usual ways; `npm run fuzz` is for the unusual ones. */
const inputs = 300;

test("every parser has its own name and good inputs that it takes", async () => {
  const names = fuzzTargets.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)]);
  for (const { seeds, run } of fuzzTargets) for (const seed of seeds) await run(Buffer.from(seed));
});

for (const target of fuzzTargets) {
  test(`${target.name}: no broken input makes it throw`, async () => {
    const { findings } = await fuzzTarget(target, { inputs, seed: 20_261_120 });
    const threw = findings.filter(({ kind }) => kind === "threw");
    assert.deepEqual(
      threw.map(({ what, input }) => `${what}\n${input.toString("base64")}`),
      [],
    );
  });
}

const folder = path.join(import.meta.dirname, "findings");

for (const file of readdirSync(folder)) {
  test(`what was found once stays mended: ${file}`, async () => {
    const target = fuzzTargets.find(({ name }) => file.startsWith(`${name}.`));
    assert.ok(target, "it is named for its parser");
    const input = readFileSync(path.join(folder, file));
    await target.run(input);
    // Processor time, and the best of several tries: other work on the machine is not the parser's. Machines differ, and what
    // was found took many times as long or did not end; the exact bound is the fuzzer's.
    const mostMs = 4 * fuzzBounds.inputMs;
    let leastMs = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < 8 && leastMs > mostMs; tries += 1) {
      const before = process.cpuUsage();
      await target.run(input);
      const { user, system } = process.cpuUsage(before);
      leastMs = Math.min(leastMs, (user + system) / 1_000);
    }
    assert.ok(leastMs <= mostMs, `took ${leastMs} ms`);
  });
}

test("the same seed makes the same inputs", () => {
  const [a, b] = [createRandom(7), createRandom(7)];
  const numbers = Array.from({ length: 20 }, () => a.below(1_000));
  assert.deepEqual(
    numbers,
    numbers.map(() => b.below(1_000)),
  );
});
