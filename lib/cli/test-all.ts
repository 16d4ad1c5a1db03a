import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import { type Outcome, runStages } from "#lib/cli/run-stages.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { addUp, closingLine } from "#lib/cli/test-counts.ts";
import { testStages } from "#lib/cli/test-stages.ts";
import { formatDuration } from "#lib/core/duration.ts";

/** One for each processor: with more, what waits for servers waits for its own turn as well, and runs into its limits. */
const atOnce = Math.max(2, availableParallelism());

/** `pitwall test`: all that must hold. What a stage said is shown where it failed. */
export async function testAll(surroundings: Surroundings): Promise<number> {
  const { say, signal } = surroundings;
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-test-"));
  try {
    const outcomes = await runStages(testStages(folder, surroundings), {
      atOnce,
      signal,
      began: (name) => say(`${"".padEnd(6)}  ${name} …`),
      ended: (outcome) => say(outcome.passed ? lineOf(outcome) : `${outcome.said}\n${lineOf(outcome)}`),
    });
    return conclude(outcomes, surroundings);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function lineOf({ name, passed, tookMs, counts }: Outcome): string {
  const tests = counts === undefined ? "" : closingLine(counts);
  const mark = passed ? "ok    " : "FAILED";
  return `${mark}  ${name.padEnd(24)}  ${formatDuration(tookMs).padStart(12)}  ${tests}`.trimEnd();
}

function conclude(outcomes: readonly Outcome[], { say, signal }: Surroundings): number {
  say("");
  for (const { failures } of outcomes) for (const failure of failures) say(`FAILED  ${failure}\n`);
  for (const outcome of outcomes) say(lineOf(outcome));
  // A stage without tests of its own that fails, or one that broke before it counted, is one failure more.
  const uncounted = outcomes.filter(({ passed, counts }) => !passed && (counts?.failed ?? 0) === 0).length;
  const total = addUp([
    ...outcomes.flatMap(({ counts }) => counts ?? []),
    { passed: 0, failed: uncounted, skipped: 0 },
  ]);
  if (signal.aborted) say("stopped before the end");
  say(closingLine(total));
  return total.failed === 0 && !signal.aborted ? 0 : 1;
}
