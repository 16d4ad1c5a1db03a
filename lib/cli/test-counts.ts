import { stripVTControlCharacters } from "node:util";
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

/** What failed by node:test's TAP report: the test, and the first lines of why. A suite that failed by its tests alone is left out. */
export function tapFailures(tap: string): string[] {
  const told = /^ *not ok \d+ - (.*)\n *---\n([\s\S]*?)^ *\.\.\.$/gm;
  return [...tap.matchAll(told)].flatMap(([, name = "", why = ""]) => {
    if (why.includes("failureType: 'subtestsFailed'")) return [];
    const error = /^ *error: (?:'(.*)'$|\|-\n((?: .*\n|\n)*?) *\w+: )/m.exec(why);
    return [failure(name, error?.[1] ?? error?.[2] ?? "")];
  });
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

interface PlaywrightSuite {
  readonly suites?: readonly PlaywrightSuite[] | undefined;
  readonly specs?:
    | readonly {
        readonly title: string;
        readonly ok: boolean;
        readonly tests: readonly {
          readonly results: readonly { readonly errors: readonly { readonly message?: string | undefined }[] }[];
        }[];
      }[]
    | undefined;
}

const playwrightSuite: z.ZodType<PlaywrightSuite> = z.lazy(() =>
  z.object({
    suites: z.array(playwrightSuite).optional(),
    specs: z
      .array(
        z.object({
          title: z.string(),
          ok: z.boolean(),
          tests: z.array(
            z.object({
              results: z.array(z.object({ errors: z.array(z.object({ message: z.string().optional() })) })),
            }),
          ),
        }),
      )
      .optional(),
  }),
);

/** What failed by Playwright's JSON report: the story, and the first lines of why. */
export function playwrightFailures(json: string): string[] {
  const parsed = playwrightSuite.safeParse(parseJson(json));
  const of = ({ suites = [], specs = [] }: PlaywrightSuite): string[] => [
    ...specs
      .filter(({ ok }) => !ok)
      .map(({ title, tests }) => {
        const errors = tests.flatMap(({ results }) => results.flatMap((result) => result.errors));
        return failure(title, errors.map(({ message = "" }) => message).join("\n"));
      }),
    ...suites.flatMap(of),
  ];
  return parsed.success ? of(parsed.data) : [];
}

const linesOfWhy = 12;

function failure(name: string, why: string): string {
  const lines = stripVTControlCharacters(why)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(0, linesOfWhy)
    .map((line) => `    ${line.trim().slice(0, 300)}`);
  return [name, ...lines].join("\n");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
