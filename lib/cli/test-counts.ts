import { z } from "zod";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The last line of a test run. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

export function addUp(all: readonly Counts[]): Counts {
  return all.reduce(
    (sum, one) => ({
      passed: sum.passed + one.passed,
      failed: sum.failed + one.failed,
      skipped: sum.skipped + one.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}

/** What node:test says at the end of its TAP report; `undefined` when it broke off before. Cancelled tests failed. */
export function tapCounts(tap: string): Counts | undefined {
  const told = new Map(
    [...tap.matchAll(/^# (pass|fail|cancelled|skipped|todo) (\d+)$/gm)].map((match) => [match[1], Number(match[2])]),
  );
  const passed = told.get("pass");
  if (passed === undefined) return undefined;
  const count = (word: string) => told.get(word) ?? 0;
  return { passed, failed: count("fail") + count("cancelled"), skipped: count("skipped") + count("todo") };
}

const playwrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
});

/** What Playwright's JSON report says; `undefined` when there is none. A test that passed the second time only failed. */
export function playwrightCounts(json: string): Counts | undefined {
  const parsed = playwrightReport.safeParse(parseJson(json));
  if (!parsed.success) return undefined;
  const { expected, unexpected, flaky, skipped } = parsed.data.stats;
  return { passed: expected, failed: unexpected + flaky, skipped };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
