import type { Failure } from "#lib/core/failure.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { onceFor } from "#lib/core/once-for.ts";
import { ok, type Result } from "#lib/core/result.ts";
import { searchFor } from "#lib/core/search-text.ts";
import type { HttpConfig } from "#lib/integrations/http/config.ts";
import type { HttpBlame, HttpExpectation, HttpTargetCertificate } from "#lib/integrations/http/detail.ts";
import { valueAt } from "#lib/integrations/http/match.ts";

/** What an answer is judged by. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly certificate: HttpTargetCertificate | null;
}

interface Expectation {
  readonly expected: string;
  /** `null` when it is met; else what was seen instead. Failure: `too-much-work`. */
  readonly judge: (answer: Answer) => Result<string | null>;
}

/** Every expectation that the answer does not meet, with the value that was seen, and why others could not be judged. */
export interface Unmet {
  readonly failed: readonly HttpExpectation[];
  readonly unjudged: readonly Failure[];
}

/** What an answer lacks of what is expected of it. */
export function unmet(config: HttpConfig, answer: Answer): Unmet {
  const failed: HttpExpectation[] = [];
  const unjudged: Failure[] = [];
  for (const { expected, judge } of expectationsOf(config)) {
    const got = judge(answer);
    if (!got.ok) unjudged.push(got.error);
    else if (got.value !== null) failed.push({ expected, got: got.value });
  }
  return { failed, unjudged };
}

/** The expectations of a check in words, in the order they are tried. */
export const expectationWords = onceFor((config: HttpConfig): readonly string[] =>
  expectationsOf(config).map((expectation) => expectation.expected),
);

/** Whether an answer is judged by more than the beginning of its body. */
export function readsBody({ expect, dependencies }: HttpConfig): boolean {
  return expect.body !== undefined || dependencies.length > 0;
}

/** What a JSON body blames for its trouble, by the declared dependencies. A part that is not there blames nobody. */
export function blamesOf(config: HttpConfig, body: string): HttpBlame[] {
  return config.dependencies.flatMap(({ path, service, healthy }) => {
    const found = valueAt(body, path);
    const value = found.ok ? found.value : undefined;
    if (value === undefined || healthy.some((good) => good === value)) return [];
    return [{ service, path, got: short(value) }];
  });
}

const expectationsOf = onceFor(({ expect }: HttpConfig): readonly Expectation[] => {
  const { contains, matches, json } = expect.body ?? {};
  return [
    statusExpectation(expect.status),
    ...(contains === undefined ? [] : [containsExpectation(contains)]),
    ...(matches === undefined ? [] : [matchesExpectation(matches)]),
    ...(json === undefined ? [] : [jsonExpectation(json.path, json.equals)]),
    ...(expect.certificateDays === undefined ? [] : [certificateExpectation(expect.certificateDays)]),
  ];
});

function statusExpectation(wanted: HttpConfig["expect"]["status"]): Expectation {
  const all = Array.isArray(wanted) ? wanted : [wanted];
  return {
    expected: `status ${all.join(", ")}`,
    judge: ({ status }) => ok(all.some((each) => statusMatches(status, each)) ? null : String(status)),
  };
}

function statusMatches(status: number, wanted: number | string): boolean {
  return typeof wanted === "number" ? status === wanted : Math.floor(status / 100) === Number(wanted[0]);
}

function containsExpectation(text: string): Expectation {
  return {
    expected: `body with "${foreignLine(text, 80)}"`,
    judge: ({ body }) => ok(body.includes(text) ? null : bodyWords(body)),
  };
}

function matchesExpectation(pattern: string): Expectation {
  const search = searchFor(pattern);
  return {
    expected: `body like /${foreignLine(pattern, 80)}/`,
    judge: ({ body }) => {
      if (!search.ok) return ok(`a pattern that does not compile: ${search.error}`);
      const found = search.value(body);
      return found.ok ? ok(found.value ? null : bodyWords(body)) : found;
    },
  };
}

function jsonExpectation(path: string, equals: string | number | boolean | null): Expectation {
  return {
    expected: `${path} = ${JSON.stringify(equals)}`,
    judge: ({ body }) => {
      const found = valueAt(body, path);
      if (!found.ok) return found;
      if (found.value === equals) return ok(null);
      return ok(found.value === undefined ? `nothing there in ${bodyWords(body)}` : short(found.value));
    },
  };
}

function certificateExpectation(days: number): Expectation {
  return {
    expected: `certificate for ${days} days`,
    judge: ({ certificate }) => {
      if (certificate === null) return ok("no certificate");
      return ok(certificate.daysLeft >= days ? null : `${Math.floor(certificate.daysLeft)} days left`);
    },
  };
}

function bodyWords(body: string): string {
  const start = foreignLine(body, 80);
  return start === "" ? "an empty body" : `"${start}"`;
}

function short(value: unknown): string {
  return foreignLine(JSON.stringify(value), 80);
}
